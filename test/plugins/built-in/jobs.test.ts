import { describe, expect, it } from "vitest";
import type { JobWork } from "../../../src/methods/method.ts";
import { MAX_REPLY_BYTES } from "../../../src/methods/reply.ts";
import { type Bench, errorOf } from "../../methods/bench.ts";
import { heldWork } from "../../methods/jobs/bench.ts";
import { createBuiltInBench } from "./bench.ts";

interface JobList {
  readonly jobs: readonly { readonly id: string; readonly state: string }[];
  readonly truncated: boolean;
  readonly leftOut: number;
}

/** Calls a method that becomes a job; resolves with its id. */
async function begin(bench: Bench, name: string, work: JobWork): Promise<string> {
  if (bench.registry.get(name) === undefined) bench.define(name, ({ job }) => void job(work));
  const { body } = await bench.call(name).reply;
  return (body as { jobId: string }).jobId;
}

async function ended(bench: Bench, id: string): Promise<string> {
  await bench.jobs.ended(id);
  return id;
}

const listOf = async (bench: Bench, payload?: object): Promise<JobList> =>
  (await bench.call("hubhand.jobs", payload).reply).body as JobList;

const forEver = () => new Promise(() => {});

describe("hubhand.jobs", () => {
  it("tells which jobs there are, the newest first, without their results", async () => {
    const bench = await createBuiltInBench();
    const first = await ended(bench, await begin(bench, "quick", () => "a result"));
    bench.clock.advance(1);
    const second = await begin(bench, "slow", forEver);
    const list = await listOf(bench);
    expect(list).toMatchObject({
      jobs: [
        { id: second, state: "running", method: "slow" },
        { id: first, state: "done", method: "quick" },
      ],
      truncated: false,
      leftOut: 0,
    });
    for (const job of list.jobs) expect(job).not.toHaveProperty("result");
  });

  it("tells those that are asked for, and how many more there are", async () => {
    const bench = await createBuiltInBench();
    for (let n = 0; n < 5; n += 1) await ended(bench, await begin(bench, "quick", () => n));
    const running = await begin(bench, "slow", forEver);
    expect((await listOf(bench, { state: "running" })).jobs.map(({ id }) => id)).toEqual([running]);
    expect(await listOf(bench, { method: "quick", limit: 2 })).toMatchObject({
      jobs: [{ state: "done" }, { state: "done" }],
      truncated: true,
      leftOut: 3,
    });
    expect((await listOf(bench, { plugin: "another" })).jobs).toEqual([]);
  });

  it("is cut to what a reply takes, and says so", async () => {
    const bench = await createBuiltInBench();
    for (let n = 0; n < 12; n += 1)
      await ended(bench, await begin(bench, "wordy", ({ progress }) => progress("x".repeat(16_000))));
    const reply = await bench.call("hubhand.jobs").reply;
    expect(reply.status).toBe(200);
    expect(Buffer.byteLength(reply.text)).toBeLessThanOrEqual(MAX_REPLY_BYTES);
    const { jobs, truncated, leftOut } = reply.body as JobList;
    expect({ truncated, told: jobs.length + leftOut }).toEqual({ truncated: true, told: 12 });
    expect(jobs.length).toBeGreaterThan(5);
  });

  it("knows the states", async () => {
    const bench = await createBuiltInBench();
    expect((await bench.call("hubhand.jobs", { state: "asleep" }).reply).status).toBe(400);
  });
});

describe("hubhand.job", () => {
  it("tells all of a job", async () => {
    const bench = await createBuiltInBench();
    const id = await ended(bench, await begin(bench, "quick", () => ({ degrees: 21 })));
    const { status, body } = await bench.call("hubhand.job", { id }).reply;
    expect({ status, body }).toMatchObject({
      status: 200,
      body: { id, state: "done", method: "quick", result: { degrees: 21 } },
    });
  });

  it("a job that there is not is 404", async () => {
    const bench = await createBuiltInBench();
    const reply = await bench.call("hubhand.job", { id: "no such job" }).reply;
    expect(reply.status).toBe(404);
    expect(errorOf(reply).code).toBe("JOB_UNKNOWN");
  });
});

describe("hubhand.cancelJob", () => {
  it("ends a job, and tells it as it is then", async () => {
    const bench = await createBuiltInBench();
    const { work, begun, end } = heldWork();
    const id = await begin(bench, "slow", work);
    (await begun).signal.addEventListener("abort", () => end());
    const { status, body } = await bench.call("hubhand.cancelJob", { id }).reply;
    expect({ status, body }).toMatchObject({ status: 200, body: { id, state: "cancelled" } });
  });

  it("a job that has ended is 409, one that there is not 404", async () => {
    const bench = await createBuiltInBench();
    const id = await ended(bench, await begin(bench, "quick", () => 1));
    const over = await bench.call("hubhand.cancelJob", { id }).reply;
    expect([over.status, errorOf(over).code]).toEqual([409, "JOB_OVER"]);
    const unknown = await bench.call("hubhand.cancelJob", { id: "no such job" }).reply;
    expect([unknown.status, errorOf(unknown).code]).toEqual([404, "JOB_UNKNOWN"]);
  });
});
