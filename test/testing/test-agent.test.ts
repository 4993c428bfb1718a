import { expect, it } from "vitest";
import { startTestAgent } from "../../src/testing/index.ts";
import { writeFiles } from "../plugins/load.ts";
import { cleanUpAfterEach } from "../support/clean-up.ts";

const cleanUp = cleanUpAfterEach();

it("a hub and its device are there for a test, with the plugins of a folder", async () => {
  const plugins = await cleanUp.folder();
  await writeFiles(plugins, {
    "hello.mjs": "export default { methods: { hello: (name) => 'hello ' + name } };",
  });
  await using agent = await startTestAgent({ plugins, config: { "methods.concurrency": "1" } });
  expect(await agent.call("hello", "world")).toEqual({ status: 200, payload: "hello world" });
  expect(await agent.call("hubhand.describe", { method: "hello" })).toMatchObject({
    payload: { methods: { hello: { concurrency: 1 } } },
  });
  expect((await fetch(`${agent.url}/readyz`)).status).toBe(200);
  expect(agent.log().some(({ state }) => state === "online")).toBe(true);
});

it("what the configuration refuses is refused", async () => {
  const plugins = await cleanUp.folder();
  await expect(startTestAgent({ plugins, config: { "methods.timeout": "5" } })).rejects.toThrow(
    "methods.timeout",
  );
});
