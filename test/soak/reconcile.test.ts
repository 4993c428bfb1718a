import { expect, it } from "vitest";
import type { Call, Outcome } from "./calls.ts";
import { reconcile } from "./reconcile.ts";
import { parseRecord } from "./record.ts";
import type { Timeline } from "./timeline.ts";

const call = (id: string, outcome: Outcome): Call => ({ id, startedAt: 0, endedAt: 10_000, outcome });
const answered = (id: string): Call => call(id, { kind: "answered", status: 200, payload: { id } });

const RECORD = parseRecord(
  [
    '{"id":"a","requestId":"1","beganAt":1}',
    '{"id":"b","requestId":"2","beganAt":2}',
    '{"id":"a","requestId":"1","endedAt":3}',
    '{"id":"b","requestId":"2","endedAt":4}',
    "",
  ].join("\n"),
);

const timeline = (ignoredReplies: readonly string[]): Timeline => ({
  connections: [{ remote: "x", onlineAt: 0, endedAt: 4 }],
  faults: [{ from: 0, to: 10_000 }],
  silences: [],
  ignoredReplies,
  hubFaults: [],
});

it("counts each call once", () => {
  const result = reconcile({ calls: [answered("a"), answered("b")], record: RECORD, timeline: timeline([]) });
  expect(result.made).toBe(2);
  expect(result.counts).toMatchObject({ answered: 2, doubled: 0, lost: 0 });
  expect(result.offences).toEqual([]);
});

it("takes a further reply to a call that was answered for a second one", () => {
  const result = reconcile({
    calls: [answered("a"), answered("b")],
    record: RECORD,
    timeline: timeline(["2"]),
  });
  expect(result.counts).toMatchObject({ answered: 1, doubled: 1 });
  expect(result.offences).toMatchObject([{ class: "doubled", call: { id: "b" } }]);
});

it("takes a reply that comes when its caller has gone for a late one", () => {
  const silent = call("b", { kind: "failed", code: "DEVICE_SILENT", reason: "GatewayTimeout" });
  const result = reconcile({ calls: [answered("a"), silent], record: RECORD, timeline: timeline(["2"]) });
  expect(result.counts).toMatchObject({ answered: 1, cut: 1, doubled: 0 });
  expect(result.strayReplies).toEqual([]);
});

it("knows replies to nothing that was ever asked", () => {
  const result = reconcile({ calls: [answered("a")], record: RECORD, timeline: timeline(["9"]) });
  expect(result.strayReplies).toEqual(["9"]);
});

it("sees a handler that ran twice for one request", () => {
  const twice = parseRecord(
    ["beganAt", "beganAt", "endedAt", "endedAt"]
      .map((what, at) => JSON.stringify({ id: "a", requestId: "1", [what]: at }))
      .join("\n"),
  );
  expect(twice.get("a")).toEqual([
    { requestId: "1", beganAt: 0, endedAt: 2 },
    { requestId: "1", beganAt: 1, endedAt: 3 },
  ]);
  const result = reconcile({ calls: [answered("a")], record: twice, timeline: timeline([]) });
  expect(result.counts.doubled).toBe(1);
});
