import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { writeFiles } from "../plugins/load.ts";
import { type AgentOnHub, DEVICE_ID, startAgentOnHub } from "../support/agent/agent-on-hub.ts";
import { cleanUpAfterEach } from "../support/clean-up.ts";
import { callMethod } from "../support/hub/call-method.ts";
import { waitUntil } from "../support/time/wait-until.ts";

const cleanUp = cleanUpAfterEach();

const PASSWORD = "correct-horse-battery";

/** An agent with all of them switched on, and what it may write in a folder of its own. */
async function startWithAll() {
  const folder = await cleanUp.folder();
  await writeFiles(folder, {
    "plugins/lamp.mjs": `
      let lit = 0;
      export default {
        settings: { type: "object" },
        methods: { light: (_, { log }) => { log.debug("lit"); lit += 1; return lit; } },
      };`,
  });
  const state = join(folder, "state");
  const rebootFile = join(folder, "reboot");
  const running = await startAgentOnHub(cleanUp, {
    plugins: join(folder, "plugins"),
    env: {
      HUBHAND_STATE_DIRECTORY: state,
      HUBHAND_PLUGINS_SETTINGS: JSON.stringify({ lamp: { password: PASSWORD } }),
      HUBHAND_METHODS_BUILT_IN_RESTART_PLUGIN: "true",
      HUBHAND_METHODS_BUILT_IN_RESTART: "true",
      HUBHAND_METHODS_BUILT_IN_REBOOT: "true",
      HUBHAND_METHODS_REBOOT_FILE: rebootFile,
    },
  });
  return { ...running, state, rebootFile };
}

async function call({ hub }: Pick<AgentOnHub, "hub">, methodName: string, payload: unknown = null) {
  const { status, payload: answer } = await callMethod(hub, DEVICE_ID, { methodName, payload });
  return { status, answer: answer as Record<string, unknown> };
}

describe("hubhand's own methods, through a hub", () => {
  it("tell what they should, and none of them a secret", async () => {
    const running = await startWithAll();
    const { hub, state } = running;
    const key = hub.registry.get(DEVICE_ID)?.primaryKey ?? "";
    const answers = [];
    for (const name of ["describe", "logs", "logLevel", "metrics", "config", "check", "supportBundle"]) {
      const { status, answer } = await call(running, `hubhand.${name}`);
      expect([name, status]).toEqual([name, 200]);
      answers.push(answer);
    }
    const [, logs, , metrics, config, check, bundle] = answers;
    expect(logs?.lines).toContainEqual(expect.objectContaining({ state: "online" }));
    expect(metrics?.metrics).toContainEqual(
      expect.objectContaining({ name: "hubhand_link_state", type: "gauge" }),
    );
    expect(config?.keys).toMatchObject({ "hub.connectionString": { value: "[set]" } });
    expect(check?.checks).toContainEqual(expect.objectContaining({ id: "mqtt", result: "ok" }));

    expect(bundle?.path).toContain(join(state, "support"));
    const content = gunzipSync(await readFile(String(bundle?.path))).toString();
    expect(JSON.parse(content)).toMatchObject({
      link: { state: "online" },
      twin: { version: 1 },
      linkHistory: expect.arrayContaining([expect.objectContaining({ state: "online" })]),
      plugins: expect.arrayContaining([expect.objectContaining({ name: "lamp", up: true })]),
      checks: expect.arrayContaining([expect.objectContaining({ id: "identity", result: "ok" })]),
      log: expect.arrayContaining([expect.stringContaining("online")]),
    });

    expect(key.length).toBeGreaterThan(20);
    for (const text of [...answers.map((answer) => JSON.stringify(answer)), content]) {
      for (const secret of [
        key,
        encodeURIComponent(key),
        key.slice(4, 24),
        PASSWORD,
        "SharedAccessSignature sr=",
      ])
        expect(text).not.toContain(secret);
    }
  });

  it("more is logged for a while, by plugins too", async () => {
    const running = await startWithAll();
    await call(running, "light");
    expect((await call(running, "hubhand.logLevel", { level: "debug", for: "1h" })).status).toBe(200);
    await call(running, "light");
    const { answer } = await call(running, "hubhand.logs", { level: "debug", pattern: '"lit"' });
    expect(answer.lines).toMatchObject([{ level: "debug", method: "light", msg: "lit" }]);
  });

  it("a plugin is started afresh", async () => {
    const running = await startWithAll();
    await call(running, "light");
    expect((await call(running, "light")).answer).toBe(2);
    const { status, answer } = await call(running, "hubhand.restartPlugin", { plugin: "lamp" });
    expect({ status, answer }).toMatchObject({ status: 200, answer: { name: "lamp", up: true } });
    expect((await call(running, "light")).answer).toBe(1);
    expect((await call(running, "hubhand.restartPlugin", { plugin: "none" })).status).toBe(404);
  });

  it("the host is asked to reboot by a file, after the answer", async () => {
    const running = await startWithAll();
    expect(await call(running, "hubhand.reboot")).toEqual({ status: 202, answer: { rebooting: true } });
    const text = () => readFile(running.rebootFile, "utf8").catch(() => "");
    await waitUntil("the file is written", async () => (await text()) !== "");
    expect(await text()).toMatch(/^\d{4}-.*Z\n$/);
  });

  it("the agent ends in order, after the answer, so that it is started again", async () => {
    const running = await startWithAll();
    expect(await call(running, "hubhand.restart")).toEqual({ status: 202, answer: { restarting: true } });
    expect(await running.agent.exited).toBe(75);
    expect(running.agent.lines().map(({ msg }) => msg)).toContain("stopped");
  });
});
