import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { DEVICE_ID, startAgentOnHub } from "../support/agent/agent-on-hub.ts";
import { cleanUpAfterEach } from "../support/clean-up.ts";
import { callMethod } from "../support/hub/call-method.ts";
import { waitUntil } from "../support/time/wait-until.ts";

const cleanUp = cleanUpAfterEach();

it("a plugin that takes its time holds up neither the link nor the others; its callers are told to call again", async () => {
  const plugins = await cleanUp.folder();
  const flag = join(await cleanUp.folder(), "go on");
  await writeFile(join(plugins, "quick.mjs"), "export default { methods: { quick: () => 'here' } };");
  await writeFile(
    join(plugins, "slow.mjs"),
    `import { existsSync } from "node:fs";
while (!existsSync(${JSON.stringify(flag)})) await new Promise((resolve) => setTimeout(resolve, 10));
export default { methods: { slow: () => "here at last" } };`,
  );
  const { hub, agent, url } = await startAgentOnHub(cleanUp, { plugins, whileTheyStart: true });
  const call = (methodName: string) => callMethod(hub, DEVICE_ID, { methodName });
  expect(await call("quick")).toEqual({ status: 200, payload: "here" });
  expect(await call("slow")).toEqual({
    status: 503,
    payload: {
      error: {
        code: "PLUGIN_DOWN",
        message: 'this device has no method "slow" yet, and plugins that are still starting',
        details: { starting: ["slow.mjs"] },
      },
    },
  });
  const early = await fetch(`${url}/readyz`);
  expect(early.status).toBe(503);
  expect(await early.json()).toMatchObject({
    ready: false,
    parts: { plugins: { ready: false, starting: ["slow.mjs"] }, link: { ready: true } },
  });
  await writeFile(flag, "");
  await agent.line("it serves", ({ plugin, msg }) => plugin === "slow" && msg === 'plugin "slow" serves');
  expect(await call("slow")).toEqual({ status: 200, payload: "here at last" });
  await waitUntil("the agent is ready", async () => (await fetch(`${url}/readyz`)).status === 200);
});
