import { expect, it } from "vitest";
import type { JobRecord } from "../../../src/methods/jobs/record.ts";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { createFakeClock } from "../../support/time/fake-clock.ts";
import { waitUntil } from "../../support/time/wait-until.ts";
import { openPluginFolder, type PluginFolder, type PluginFolderOptions } from "../folder.ts";
import { daemon, declareDaemon } from "./daemons.ts";

const cleanUp = cleanUpAfterEach();

const open = (code: string, methods?: string, options?: PluginFolderOptions): Promise<PluginFolder> =>
  openPluginFolder(
    cleanUp,
    {
      "x.cjs": daemon(`const of = (type, more) => send({ type, id: message.id, ...more }); ${code}`),
      "x.plugin.yaml": declareDaemon("x.cjs", methods),
    },
    options,
  );

/** Calls, and gives the id of the job that it has become. */
async function begin({ call }: PluginFolder, payload?: unknown): Promise<string> {
  const { status, body } = await call("x", payload);
  expect(status).toBe(202);
  return (body as { jobId: string }).jobId;
}

async function ended({ jobs }: PluginFolder, id: string): Promise<JobRecord> {
  await waitUntil("the job ends", async () => (await jobs.get(id)).state !== "running");
  return jobs.get(id);
}

it("a call becomes a job, tells how far it is, and has a result", async () => {
  const folder = await open(`
    globalThis.first ??= message;
    if (message === first) { of("job"); of("progress", { progress: { step: 1 } }); return; }
    send({ type: "progress", id: first.id, progress: { step: 2 } });
    reply(first, { steps: 2 });
    reply(message);`);
  const id = await begin(folder);
  await waitUntil("it is told", async () => (await folder.jobs.get(id)).progress !== undefined);
  expect(await folder.jobs.get(id)).toMatchObject({ state: "running", method: "x", progress: { step: 1 } });
  expect((await folder.call("x", "go on")).status).toBe(200);
  expect(await ended(folder, id)).toMatchObject({
    state: "done",
    progress: { step: 2 },
    result: { steps: 2 },
  });
  expect(folder.extra).toEqual([]);
});

it("what it says at once, before the job is on disk, is not lost", async () => {
  const folder = await open(`of("job"); of("progress", { progress: 50 }); reply(message, "done");`);
  const id = await begin(folder);
  expect(await ended(folder, id)).toMatchObject({ state: "done", progress: 50, result: "done" });
});

it.each([
  ["an error", `of("error", { message: "no valve" })`, "no valve"],
  ["a status from 400 on", `reply(message, null, 409)`, "the daemon ended the job with status 409"],
  [
    "its end",
    `console.error("no bus"); process.exit(3)`,
    'plugin "x" ended before it answered: it exited with 3: no bus',
  ],
])("%s is the failure of the job", async (_, code, message) => {
  const folder = await open(`of("job"); ${code};`);
  const id = await begin(folder);
  expect(await ended(folder, id)).toMatchObject({
    state: "failed",
    error: { code: "METHOD_FAILED", message },
  });
});

it("a job goes on after the time of its call, and is told when it is cancelled", async () => {
  const clock = createFakeClock();
  const folder = await open(
    `if (message.type === "call" && message.payload === "no job") reply(message);
     else if (message.type === "call") of("job");
     if (message.type === "cancel") { send({ type: "log", message: "closes the valve" }); of("error", { message: "cancelled" }); }`,
    "x: { timeout: 300ms }",
    { callClock: clock },
  );
  const id = await begin(folder);
  const later = await begin(folder);
  clock.advance(400);
  // Had it been told that the time is over, it would have said so before it answers this.
  expect((await folder.call("x", "no job")).status).toBe(200);
  expect(await folder.jobs.get(id)).toMatchObject({ state: "running" });
  expect(folder.log.text()).not.toContain("closes the valve");
  expect(await folder.jobs.cancel(id)).toMatchObject({ state: "cancelled" });
  expect(folder.log.text()).toContain("closes the valve");
  expect(await folder.jobs.get(later)).toMatchObject({ state: "running" });
});

it("one that may not become a job, as too many run, is told to give it up", async () => {
  const folder = await open(`
    if (message.type === "call") of("job");
    if (message.type === "cancel") send({ type: "log", message: "gave up " + message.id });`);
  for (let n = 0; n < 4; n += 1) await begin(folder);
  expect(await folder.call("x")).toMatchObject({ status: 429, code: "METHOD_BUSY" });
  await waitUntil("it is told", () => folder.log.text().includes("gave up 5"));
});

it("a second job, a job of nothing and a progress of no job are told, and hurt nobody", async () => {
  const folder = await open(`
    of("job"); of("job"); of("job", { id: "99" }); of("progress", { id: "99", progress: 1 });
    of("progress", { progress: "x".repeat(100_000) });
    reply(message, 1); reply(message, 2); of("job"); of("progress", { progress: 1 });`);
  const id = await begin(folder);
  expect(await ended(folder, id)).toMatchObject({ state: "done", result: 1 });
  await waitUntil("all is read", () => folder.log.text().includes("a progress of what is no job: 1"));
  expect(folder.log.text()).toContain("a job of what is no call, or is over: 99");
  expect(folder.log.text()).toContain("a progress of the job is dropped");
  expect(folder.extra).toEqual([]);
});
