import { beforeEach, expect, it } from "vitest";
import { methodTasks } from "../../../src/agent/schedule/method-tasks.ts";
import type { WrittenTask } from "../../../src/rules/written-tasks.ts";
import { type Bench, createBench } from "../../methods/bench.ts";
import { type CollectedTelemetry, createCollectedTelemetry } from "../../support/hub/collected-telemetry.ts";
import { createFakeClock } from "../../support/time/fake-clock.ts";

let bench: Bench;
let telemetry: CollectedTelemetry;

beforeEach(async () => {
  bench = await createBench();
  telemetry = createCollectedTelemetry();
  bench.define("measure", (payload) => ({ of: payload.payload, degrees: 21 }), {
    schema: { type: "string" },
  });
});

/** Runs a task of the device's own once, as the schedule does. */
function run(written: WrittenTask, signal = new AbortController().signal): unknown {
  const ownRun = methodTasks({ dispatcher: bench.dispatcher, telemetry: telemetry.telemetryFor("hubhand") });
  return ownRun("climate", written)({ signal, logger: bench.log.logger });
}

it("a method is called as the hub would call it, with its limits and its line in the log", async () => {
  await run({ method: "measure", payload: "attic" });
  expect(bench.log.lines()).toMatchObject([
    { event: "call.arrived", requestId: "task-climate-1" },
    { method: "measure", requestId: "task-climate-1", outcome: "ok", msg: "answered" },
  ]);
  expect(telemetry.sent).toEqual([]);
});

it.each<[string, WrittenTask, RegExp]>([
  [
    "there is no such method",
    { method: "melt" },
    /^the method melt answered 404: METHOD_NOT_FOUND: this device has no method "melt"$/,
  ],
  [
    "its payload does not fit",
    { method: "measure", payload: 7 },
    /^the method measure answered 400: .*PAYLOAD_INVALID/,
  ],
])("the run has failed if %s, and nothing is sent", async (_, written, problem) => {
  await expect(run({ ...written, telemetry: true })).rejects.toThrow(problem);
  expect(telemetry.sent).toEqual([]);
});

it("its answer is sent on, in a stream of its own", async () => {
  await run({ method: "measure", payload: "attic", telemetry: true });
  const body = { of: "attic", degrees: 21 };
  expect(telemetry.sent).toEqual([{ plugin: "hubhand", body, options: { stream: "climate" } }]);
});

it("and as it is wanted", async () => {
  const wanted = { stream: "air", priority: "low", timeToLive: "2h", properties: { type: "air" } } as const;
  await run({ method: "measure", payload: "attic", telemetry: wanted });
  expect(telemetry.sent).toMatchObject([{ options: wanted }]);
});

it("an answer that comes when the run's time is over is not sent", async () => {
  const abort = new AbortController();
  const running = run({ method: "measure", payload: "attic", telemetry: true }, abort.signal);
  abort.abort();
  await running;
  expect(telemetry.sent).toEqual([]);
});

it("what cannot be sent is the run's failure", async () => {
  telemetry.refuse(new Error("no room"));
  await expect(run({ method: "measure", payload: "attic", telemetry: true })).rejects.toThrow("no room");
});

it.each(["hubhand.restart", "hubhand.reboot"])(
  "%s is not called soon after a start: a device that restarts again and again is never in reach",
  async (method) => {
    let calls = 0;
    bench.define(method, () => {
      calls += 1;
      return {};
    });
    const clock = createFakeClock();
    const telemetry = createCollectedTelemetry().telemetryFor("hubhand");
    const ownRun = methodTasks({ dispatcher: bench.dispatcher, telemetry, clock });
    const again = async () =>
      ownRun("again", { method })({ signal: new AbortController().signal, logger: bench.log.logger });
    await expect(again()).rejects.toThrow(/first ten minutes/);
    clock.advance(10 * 60_000);
    await again();
    expect(calls).toBe(1);
  },
);
