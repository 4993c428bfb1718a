import { readFile } from "node:fs/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { type AgentOnHub, DEVICE_ID, startAgentOnHub } from "../support/agent/agent-on-hub.ts";
import { type CleanUp, cleanUpAfterAll } from "../support/clean-up.ts";
import { callMethod } from "../support/hub/call-method.ts";
import { waitUntil } from "../support/time/wait-until.ts";
import { writeFiles } from "./load.ts";

type Job = Readonly<Record<string, unknown>> & { readonly state: string };

interface Scene extends AgentOnHub {
  call(methodName: string, payload?: unknown): Promise<{ status: number; payload: unknown }>;
  /** Calls a method that becomes a job; resolves with its id. */
  begin(methodName: string): Promise<string>;
  job(id: string): Promise<Job>;
  /** Resolves with the job when it is like this. */
  jobWhen(id: string, what: string, is: (job: Job) => boolean): Promise<Job>;
}

/** Jobs of every kind. */
const PLUGIN = `
import { existsSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
const forEver = (signal) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
export default {
  methods: {
    count: (_, { job, log }) => job(async ({ id, progress }) => {
      log.info({ id }, "counting");
      for (let n = 1; n <= 1_000; n += 1) progress({ n });
      return { id, counted: 1_000 };
    }),
    fail: (_, context) => context.job(() => { throw new Error("no paper") }),
    wait: (_, { job }) => job(({ signal, progress }) => { progress("waiting"); return forEver(signal); }),
    deaf: (_, { job }) => job(() => new Promise(() => {})),
    much: (_, { job }) => job(() => "x".repeat(200_000)),
    odd: (_, { job }) => job(({ progress }) => { progress(1n); progress("good"); return 1; }),
    twice: (_, { job }) => { for (let n = 0; n < 10; n += 1) job(() => n); },
    late: async (_, { job, reply }) => { reply(200, "first"); job(() => "never"); await pause(10); },
  },
};`;

async function startScene(cleanUp: CleanUp, isolate: string): Promise<Scene> {
  const plugins = await cleanUp.folder();
  await writeFiles(plugins, { "work.mjs": PLUGIN });
  const scene = await startAgentOnHub(cleanUp, {
    plugins,
    env: { HUBHAND_PLUGINS_ISOLATE: isolate, HUBHAND_STATE_DIRECTORY: await cleanUp.folder() },
  });
  const call: Scene["call"] = (methodName, payload) =>
    callMethod(scene.hub, DEVICE_ID, { methodName, payload });
  const job = async (id: string) => (await call("hubhand.job", { id })).payload as Job;
  return {
    ...scene,
    call,
    job,
    async begin(methodName) {
      const { status, payload } = await call(methodName);
      expect({ status, payload }).toEqual({ status: 202, payload: { jobId: expect.any(String) } });
      return (payload as { jobId: string }).jobId;
    },
    async jobWhen(id, what, is) {
      await waitUntil(what, async () => is(await job(id)));
      return job(id);
    },
  };
}

const hasEnded = ({ state }: Job): boolean => state !== "running";

describe.each(["false", "thread", "true"])("a job of a module (plugins.isolate: %s)", (isolate) => {
  const cleanUp = cleanUpAfterAll();
  let scene: Scene;
  beforeAll(async () => {
    scene = await startScene(cleanUp, isolate);
  });

  it("is told from its progress to its end", async () => {
    const { agent, begin, jobWhen, call } = scene;
    const id = await begin("count");
    const done = await jobWhen(id, "it ends", hasEnded);
    expect(done).toMatchObject({
      state: "done",
      method: "count",
      plugin: "work",
      progress: { n: 1_000 },
      result: { id, counted: 1_000 },
    });
    const line = await agent.line("its work logs", ({ msg }) => msg === "counting");
    expect(line).toMatchObject({ method: "count", requestId: done.requestId });

    const failed = await jobWhen(await begin("fail"), "it fails", hasEnded);
    expect(failed).toMatchObject({
      state: "failed",
      error: { code: "METHOD_FAILED", message: "no paper" },
    });
    const much = await jobWhen(await begin("much"), "it fails", hasEnded);
    expect(much).toMatchObject({ state: "failed", error: { code: "REPLY_TOO_LARGE" } });
    const odd = await jobWhen(await begin("odd"), "it ends", hasEnded);
    expect(odd).toMatchObject({ state: "done", progress: "good", result: 1 });
    await agent.line("a progress is dropped", ({ msg }) =>
      String(msg).startsWith("a progress of the job is"),
    );

    const { payload } = await call("hubhand.jobs", { state: "failed" });
    const ids = (payload as { jobs: Job[] }).jobs.map((job) => job.id);
    expect(ids).toEqual([much.id, failed.id]);
  });

  it("is cancelled by its signal", async () => {
    const { begin, jobWhen, call } = scene;
    const id = await begin("wait");
    await jobWhen(id, "it waits", ({ progress }) => progress === "waiting");
    const heeds = await call("hubhand.cancelJob", { id });
    expect(heeds).toMatchObject({ status: 200, payload: { id, state: "cancelled" } });
    const again = await call("hubhand.cancelJob", { id });
    expect(again).toMatchObject({ status: 409, payload: { error: { code: "JOB_OVER" } } });
  });

  // It has five seconds, and who waits for it is the agent, wherever it runs.
  if (isolate === "true")
    it("is cancelled without its work if that is deaf", async () => {
      const { begin, call } = scene;
      expect(await call("hubhand.cancelJob", { id: await begin("deaf") })).toMatchObject({
        status: 200,
        payload: {
          state: "cancelled",
          error: { message: expect.stringContaining("did not end within 5 s") },
        },
      });
    });

  it("is one, however often a handler asks for it", async () => {
    const { begin, jobWhen, call, url } = scene;
    expect(await jobWhen(await begin("twice"), "it ends", hasEnded)).toMatchObject({ result: 0 });
    expect(await call("late")).toEqual({ status: 200, payload: "first" });
    const { payload } = await call("hubhand.jobs");
    const methods = (payload as { jobs: Job[] }).jobs.map((job) => job.method);
    expect(methods.filter((method) => method === "twice" || method === "late")).toEqual(["twice"]);
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toContain('hubhand_jobs_total{method="twice",outcome="done"} 1');
    expect(metrics).toContain("hubhand_jobs_running 0");
    expect(metrics).toContain('hubhand_method_extra_replies_total{method="late"} 1');
  });
});

const cleanUp = cleanUpAfterAll();

it("the example of the manual works as it is written", async () => {
  const manual = await readFile("docs/jobs.md", "utf8");
  const [, source = ""] = /```ts\n(.*?)```/s.exec(manual) ?? [];
  const plugins = await cleanUp.folder();
  await writeFiles(plugins, { "garden.ts": source });
  const env = { HUBHAND_STATE_DIRECTORY: await cleanUp.folder() };
  const { hub } = await startAgentOnHub(cleanUp, { plugins, env });
  const call = (methodName: string, payload: unknown) => callMethod(hub, DEVICE_ID, { methodName, payload });
  const { status, payload } = await call("water.garden", { beds: [1, 2, 3], seconds: 0.01 });
  expect(status).toBe(202);
  const { jobId: id } = payload as { jobId: string };
  const job = async () => (await call("hubhand.job", { id })).payload as Job;
  await waitUntil("the garden is watered", async () => hasEnded(await job()));
  expect(await job()).toMatchObject({
    state: "done",
    progress: { watered: 3, of: 3 },
    result: { watered: 3 },
  });
});
