import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { DEVICE_ID, startAgentOnHub } from "../support/agent/agent-on-hub.ts";
import { startHubhand } from "../support/agent/hubhand-process.ts";
import { cleanUpAfterEach } from "../support/clean-up.ts";
import { callMethod } from "../support/hub/call-method.ts";

const cleanUp = cleanUpAfterEach();

describe("the agent, as a process of its own", () => {
  it("answers the tutorial's call, logs it, and counts it", async () => {
    const { hub, agent, url } = await startAgentOnHub(cleanUp);
    const payload = { method_number: "42" };
    for (let count = 1; count <= 3; count += 1) {
      const answer = await callMethod(hub, DEVICE_ID, { methodName: "DeviceMethod", payload });
      expect(answer).toEqual({ status: 200, payload: { Response: "This is the response from the device" } });
    }
    const line = await agent.line(
      "the third call is logged",
      ({ callbackCount, method }) => callbackCount === 3 && method !== undefined,
    );
    expect(line).toMatchObject({ level: "info", method: "DeviceMethod", payload });
    expect(typeof line.requestId).toBe("string");
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toContain('hubhand_method_calls_total{method="DeviceMethod",outcome="ok"} 3');
    expect(metrics).toContain('hubhand_link_state{state="online"} 1');
    expect(metrics).toContain('hubhand_plugin_up{plugin="device-method",kind="module"} 1');
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    expect((await fetch(`${url}/livez`)).status).toBe(200);
  });

  it("answers at once that there is no such method, and what there is instead", async () => {
    const { hub } = await startAgentOnHub(cleanUp);
    const answer = await callMethod(hub, DEVICE_ID, { methodName: "self/destruct ünïcode" });
    expect(answer).toEqual({
      status: 404,
      payload: {
        error: {
          code: "METHOD_NOT_FOUND",
          message: 'this device has no method "self/destruct ünïcode"',
          details: { methods: expect.arrayContaining(["DeviceMethod", "hubhand.describe", "hubhand.ping"]) },
        },
      },
    });
  });

  it("answers what is in flight, then exits with 0, when it is told to stop", async () => {
    const plugins = await cleanUp.folder();
    await writeFile(
      join(plugins, "slow.mjs"),
      `export default { methods: { slow: (payload, { log }) => new Promise((resolve) => { log.info("begun"); setTimeout(() => resolve("done"), 700); }) } };`,
    );
    const { hub, agent, url } = await startAgentOnHub(cleanUp, { plugins });
    const answer = callMethod(hub, DEVICE_ID, { methodName: "slow" });
    await agent.line("the call is under way", ({ msg }) => msg === "begun");
    agent.kill("SIGTERM");
    await agent.line("it stops", ({ msg }) => msg === "stopping");
    expect(await answer).toEqual({ status: 200, payload: "done" });
    expect(await agent.exited).toBe(0);
    await expect(fetch(`${url}/livez`)).rejects.toThrow();
    expect(hub.isConnected(DEVICE_ID)).toBe(false);
  });

  it("stops when it is told to while a plugin is still starting", async () => {
    const plugins = await cleanUp.folder();
    await writeFile(join(plugins, "slow.mjs"), "await new Promise(() => {});");
    const agent = startHubhand(["run"], {
      HUBHAND_CONNECTION_STRING: `HostName=localhost:1;DeviceId=a;SharedAccessKey=${Buffer.alloc(32).toString("base64")}`,
      HUBHAND_PLUGINS_DIRECTORY: plugins,
      HUBHAND_OBSERVE_PORT: "0",
    });
    cleanUp.add(() => agent.kill("SIGKILL"));
    await agent.line("it is starting", (line) => typeof line.url === "string");
    agent.kill("SIGTERM");
    expect(await agent.exited).toBe(0);
    expect(agent.output(), "it has not waited until it gives the plugin up").not.toContain(
      "did not end within",
    );
  });

  it("keeps every secret out of its log, its pages and its answers", async () => {
    const { hub, agent, url } = await startAgentOnHub(cleanUp, {
      env: { HUBHAND_LOG_LEVEL: "trace", DEBUG: "*" },
    });
    await callMethod(hub, DEVICE_ID, { methodName: "hubhand.describe" });
    const described = JSON.stringify(
      (await callMethod(hub, DEVICE_ID, { methodName: "hubhand.describe" })).payload,
    );
    const pages = await Promise.all(
      ["/", "/metrics", "/readyz", "/livez"].map(async (path) => (await fetch(url + path)).text()),
    );
    agent.kill("SIGTERM");
    await agent.exited;
    const key = hub.registry.get(DEVICE_ID)?.primaryKey ?? "";
    expect(key.length).toBeGreaterThan(20);
    for (const text of [agent.output(), agent.errors(), described, ...pages]) {
      for (const form of [key, encodeURIComponent(key), "SharedAccessSignature sr="])
        expect(text).not.toContain(form);
    }
  });

  it("goes on with the others when a plugin is broken, and says on /readyz what is", async () => {
    const plugins = await cleanUp.folder();
    await writeFile(join(plugins, "broken.ts"), `throw new Error("no such sensor");`);
    await writeFile(
      join(plugins, "good.ts"),
      `import { definePlugin } from "hubhand";\nexport default definePlugin({ methods: { hi: () => "hi" } });`,
    );
    const { hub, url } = await startAgentOnHub(cleanUp, { plugins });
    expect(await callMethod(hub, DEVICE_ID, { methodName: "hi" })).toEqual({ status: 200, payload: "hi" });
    const response = await fetch(`${url}/readyz`);
    expect(response.status).toBe(503);
    const readiness = (await response.json()) as { parts: { plugins: { plugins: object[] } } };
    expect(readiness.parts.plugins.plugins).toContainEqual({
      name: "broken",
      kind: "module",
      up: false,
      problem: "it failed while it was imported (broken.ts:1): no such sensor",
    });
  });
});
