import { expect, it } from "vitest";
import type { TaskStatus } from "../../../src/schedule/status.ts";
import { errorOf } from "../../methods/bench.ts";
import { createBuiltInBench } from "./bench.ts";

const TIDY: TaskStatus = {
  task: "relay/nightly-off",
  plugin: "relay",
  cron: "0 3 * * *",
  enabled: true,
  running: 0,
  next: "2026-01-02T03:00:00.000Z",
  last: { at: "2026-01-01T03:00:00.000Z", outcome: "ok", ms: 12 },
};

const tasks = {
  list: () => [TIDY],
  run: async (label: string) => (label === TIDY.task ? ("skipped" as const) : undefined),
};

it("hubhand.tasks tells what is done on time, when next and how it went", async () => {
  const bench = await createBuiltInBench(() => ({ tasks }));
  const { status, body } = await bench.call("hubhand.tasks").reply;
  expect([status, body]).toEqual([200, { tasks: [TIDY], truncated: false }]);
});

it("hubhand.tasks leaves out what does not fit into a reply, and says so", async () => {
  const many = Array.from({ length: 1_000 }, () => ({ ...TIDY, description: "x".repeat(200) }));
  const bench = await createBuiltInBench(() => ({ tasks: { ...tasks, list: () => many } }));
  const { status, body } = await bench.call("hubhand.tasks").reply;
  expect([status, body]).toMatchObject([200, { truncated: true }]);
});

it("hubhand.describe tells them in short", async () => {
  const bench = await createBuiltInBench(() => ({ tasks }));
  const { body } = await bench.call("hubhand.describe", { method: "hubhand.ping" }).reply;
  const { task, cron, next } = TIDY;
  expect(body).toMatchObject({ tasks: [{ task, cron, next }] });
});

it("hubhand.runTask does a task now, and tells how it went", async () => {
  const bench = await createBuiltInBench(() => ({ tasks }));
  const { status, body } = await bench.call("hubhand.runTask", { task: TIDY.task }).reply;
  expect([status, body]).toEqual([200, { task: TIDY.task, outcome: "skipped" }]);
  const unknown = await bench.call("hubhand.runTask", { task: "relay/nightly" }).reply;
  expect(unknown.status).toBe(404);
  expect(errorOf(unknown)).toEqual({
    code: "TASK_UNKNOWN",
    message: 'this device has no task "relay/nightly"',
    details: { tasks: [TIDY.task] },
  });
});
