import { expect, it } from "vitest";
import { startTestAgent } from "../../src/testing/index.ts";
import { writeFiles } from "../plugins/load.ts";
import { cleanUpAfterEach } from "../support/clean-up.ts";

const cleanUp = cleanUpAfterEach();

it("a hub and its device are there for a test, with the plugins of a folder", async () => {
  const plugins = await cleanUp.folder();
  await writeFiles(plugins, {
    "hello.mjs": `export default { methods: {
      hello: (name) => 'hello ' + name,
      tell: (body, { telemetry }) => telemetry.send(body, { properties: { room: "küche" } }),
    } };`,
  });
  await using agent = await startTestAgent({ plugins, config: { "methods.concurrency": "1" } });
  expect(await agent.call("hello", "world")).toEqual({ status: 200, payload: "hello world" });
  expect(await agent.call("hubhand.describe", { method: "hello" })).toMatchObject({
    payload: { methods: { hello: { concurrency: 1 } } },
  });
  const { payload } = await agent.call("tell", { degrees: 21 });
  expect(await agent.telemetry()).toContainEqual({
    body: { degrees: 21 },
    properties: { room: "küche" },
    messageId: payload.messageId,
    contentType: "application/json",
    contentEncoding: "utf-8",
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
