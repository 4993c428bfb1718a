import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { DEVICE_ID, startAgentOnHub } from "../support/agent/agent-on-hub.ts";
import { startAgentProcess } from "../support/agent/agent-process.ts";
import type { HubhandProcess } from "../support/agent/hubhand-process.ts";
import { cleanUpAfterEach } from "../support/clean-up.ts";
import { callMethod } from "../support/hub/call-method.ts";
import { waitUntil } from "../support/time/wait-until.ts";

const cleanUp = cleanUpAfterEach();

type Job = Readonly<Record<string, unknown>> & { readonly state: string };

const PLUGIN = `
export default {
  methods: {
    long: (path, { job }) => job(async ({ progress }) => {
      const { existsSync } = await import("node:fs");
      progress("begun");
      while (!existsSync(path)) await new Promise((resolve) => setTimeout(resolve, 10));
      return "done";
    }),
  },
};`;

/** An agent whose state outlives it. */
async function startScene(env: Record<string, string> = {}) {
  const plugins = await cleanUp.folder();
  await writeFile(join(plugins, "long.mjs"), PLUGIN);
  const state = await cleanUp.folder();
  const all = { HUBHAND_STATE_DIRECTORY: state, HUBHAND_METHODS_DRAIN_TIMEOUT: "200ms", ...env };
  const { hub, agent } = await startAgentOnHub(cleanUp, { plugins, env: all });
  const call = (methodName: string, payload: unknown) => callMethod(hub, DEVICE_ID, { methodName, payload });
  return {
    agent,
    plugins,
    call,
    flag: join(state, "go on"),
    async begin(path: string): Promise<string> {
      const { status, payload } = await call("long", path);
      expect(status).toBe(202);
      return (payload as { jobId: string }).jobId;
    },
    job: async (id: string) => (await call("hubhand.job", { id })).payload as Job,
    /** Starts the agent again. */
    async startAgain(): Promise<HubhandProcess> {
      const env = { HUBHAND_PLUGINS_DIRECTORY: plugins, ...all };
      const next = startAgentProcess(cleanUp, { hub, deviceId: DEVICE_ID, env });
      await next.line("the agent is online", (line) => line.state === "online");
      return next;
    },
  };
}

it("after kill -9 a job that ran is told as interrupted, and one that was done as done", async () => {
  const { agent, begin, job, flag, startAgain } = await startScene();
  await writeFile(flag, "");
  const done = await begin(flag);
  await waitUntil("it is done", async () => (await job(done)).state === "done");
  const before = await job(done);
  const running = await begin("/nowhere");
  // At once: the id was told, so the job is known.
  agent.kill("SIGKILL");
  await agent.exited;

  const next = await startAgain();
  expect(await job(done)).toEqual(before);
  expect(await job(running)).toMatchObject({
    state: "interrupted",
    error: { code: "JOB_INTERRUPTED", message: "the agent ended before it did" },
  });
  await next.line("the log tells it", ({ jobId, level }) => jobId === running && level === "warn");
});

it("an agent that is asked to stop does not wait for ever, and says why its job ended", async () => {
  const { agent, begin, job, startAgain } = await startScene();
  const running = await begin("/nowhere");
  await waitUntil("it has begun", async () => (await job(running)).progress === "begun");
  agent.kill("SIGTERM");
  expect(await agent.exited).toBe(0);
  await startAgain();
  expect(await job(running)).toMatchObject({
    state: "interrupted",
    progress: "begun",
    error: { code: "JOB_INTERRUPTED", message: "the agent stopped" },
  });
});

it("a job goes on in the plugin's old version when its file changes, until it ends", async () => {
  const { agent, plugins, begin, job, call, flag } = await startScene({ HUBHAND_PLUGINS_RELOAD: "true" });
  const old = await begin(flag);
  await waitUntil("it has begun", async () => (await job(old)).progress === "begun");
  await writeFile(join(plugins, "long.mjs"), "export default { methods: { long: () => 'new' } };");
  await agent.line("the new version serves", ({ msg }) => String(msg).includes("in its new version"));
  expect(await call("long", null)).toEqual({ status: 200, payload: "new" });
  expect((await job(old)).state).toBe("running");
  await writeFile(flag, "");
  await waitUntil("it is done", async () => (await job(old)).state === "done");
});
