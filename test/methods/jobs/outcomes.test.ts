import { describe, expect, it } from "vitest";
import { HubhandError } from "../../../src/errors.ts";
import type { JobWork } from "../../../src/methods/method.ts";
import { MAX_REPLY_BYTES } from "../../../src/methods/reply.ts";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { sample } from "../../support/prometheus/samples.ts";
import { createJobBench, heldWork } from "./bench.ts";

const cleanUp = cleanUpAfterEach();
const circle: { self?: unknown } = {};
circle.self = circle;

describe("a job is told as it ended", () => {
  it.each<[string, JobWork, object]>([
    ["a result", () => ({ ok: 1 }), { state: "done", result: { ok: 1 } }],
    ["a promise of one", async () => "later", { state: "done", result: "later" }],
    ["nothing", () => undefined, { state: "done", result: null }],
    [
      "a throw",
      () => {
        throw new Error("no paper");
      },
      { state: "failed", error: { code: "METHOD_FAILED", message: "no paper" } },
    ],
    [
      "an error of hubhand's own",
      () => {
        throw new HubhandError("PLUGIN_DOWN", "it is down");
      },
      { state: "failed", error: { code: "PLUGIN_DOWN", message: "it is down" } },
    ],
    [
      "a circle",
      () => circle,
      {
        state: "failed",
        error: {
          code: "METHOD_FAILED",
          message: expect.stringMatching(/^the handler's result cannot be written as JSON: /),
        },
      },
    ],
    [
      "a function",
      () => () => {},
      {
        state: "failed",
        error: {
          code: "METHOD_FAILED",
          message: "the handler's result is of type function, which JSON cannot say",
        },
      },
    ],
    [
      "too much",
      () => "x".repeat(MAX_REPLY_BYTES),
      {
        state: "failed",
        error: { code: "REPLY_TOO_LARGE", message: "the reply has 131074 bytes; the hub takes 131072" },
      },
    ],
  ])("%s", async (_, work, end) => {
    const bench = await createJobBench(await cleanUp.folder());
    const id = await bench.begin(work);
    const told = await bench.ended(id);
    expect(told).toMatchObject(end);
    expect(await bench.onDisk(id)).toEqual(told);
    expect(Date.parse(told.endedAt ?? "")).toBeGreaterThanOrEqual(Date.parse(told.createdAt));
    const outcome = told.state;
    const { registry } = bench.metrics;
    expect(await sample(registry, "hubhand_jobs_total", { method: "work-1", outcome })).toBe(1);
    expect(await sample(registry, "hubhand_jobs_running")).toBe(0);
  });
});

it("what is told of a job fits into a reply, whatever its result and progress are", async () => {
  const bench = await createJobBench(await cleanUp.folder());
  const states = [];
  for (const [progress, result] of [
    [16_000, MAX_REPLY_BYTES - 200],
    [16_000, MAX_REPLY_BYTES - 17_000],
    [0, MAX_REPLY_BYTES - 200],
    [0, MAX_REPLY_BYTES - 500],
  ] as const) {
    const id = await bench.begin((run) => {
      run.progress("p".repeat(progress));
      return "r".repeat(result);
    });
    const told = await bench.ended(id);
    expect(Buffer.byteLength(JSON.stringify(told))).toBeLessThanOrEqual(MAX_REPLY_BYTES);
    states.push(told.error?.code ?? told.state);
  }
  expect(states).toEqual(["REPLY_TOO_LARGE", "done", "REPLY_TOO_LARGE", "done"]);
});

it("the log tells the beginning and the end, with job, method and request", async () => {
  const bench = await createJobBench(await cleanUp.folder());
  const { work, begun, fail } = heldWork();
  const jobId = await bench.begin(work);
  await begun;
  fail(new Error("no paper"));
  await bench.ended(jobId);
  const about = { jobId, method: "work-1", requestId: "1" };
  expect(bench.log.lines().filter((line) => line.jobId === jobId)).toEqual([
    expect.objectContaining({ ...about, level: "info", msg: "the job starts" }),
    expect.objectContaining({
      ...about,
      level: "error",
      msg: "the job is over: failed",
      err: expect.objectContaining({
        message: "no paper",
        stack: expect.stringContaining("outcomes.test.ts"),
      }),
    }),
  ]);
});
