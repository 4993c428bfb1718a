import { describe, expect, it } from "vitest";
import type { Call, Outcome } from "./calls.ts";
import type { Run } from "./record.ts";
import type { Connection, Timeline } from "./timeline.ts";
import { judge } from "./verdict.ts";

const never = Number.POSITIVE_INFINITY;
const SILENT: Outcome = { kind: "failed", code: "DEVICE_SILENT", reason: "GatewayTimeout" };
const OFFLINE: Outcome = { kind: "failed", code: "DEVICE_OFFLINE", reason: "DeviceNotOnline" };

/** A call from second 100 to second 110, unless it says otherwise; times are in seconds. */
function verdict({
  outcome = SILENT,
  until = 110,
  runs = [],
  secondReply = false,
  connections = [[0, never]],
  faults = [[90, 120]],
  silences = [],
}: {
  outcome?: Outcome;
  until?: number;
  runs?: readonly (readonly [began: number, ended?: number])[];
  secondReply?: boolean;
  connections?: readonly (readonly [online: number, ended: number])[];
  faults?: readonly (readonly [from: number, to: number])[];
  silences?: readonly (readonly [from: number, to: number])[];
}): string {
  const call: Call = { id: "c", startedAt: 100_000, endedAt: until * 1000, outcome };
  const spans = (pairs: readonly (readonly [number, number])[]) =>
    pairs.map(([from, to]) => ({ from: from * 1000, to: to * 1000 }));
  const timeline: Timeline = {
    connections: connections.map(
      ([online, ended], index): Connection => ({
        remote: String(index),
        onlineAt: online * 1000,
        endedAt: ended * 1000,
      }),
    ),
    faults: spans(faults),
    silences: spans(silences),
    ignoredReplies: [],
    hubFaults: [],
  };
  const ran = runs.map(
    ([began, ended]): Run => ({
      requestId: "1",
      beganAt: began * 1000,
      ...(ended === undefined ? {} : { endedAt: ended * 1000 }),
    }),
  );
  return judge({ call, runs: ran, secondReply, timeline }).class;
}

const answered = (payload: unknown, status = 200): Outcome => ({ kind: "answered", status, payload });

describe("a call that was answered", () => {
  const outcome = answered({ id: "c" });

  it("is right if its handler ran once", () => {
    expect(verdict({ outcome, runs: [[100, 101]] })).toBe("answered");
  });

  it("is doubled if its handler ran twice, or the hub got another reply", () => {
    expect(
      verdict({
        outcome,
        runs: [
          [100, 101],
          [102, 103],
        ],
      }),
    ).toBe("doubled");
    expect(verdict({ outcome, runs: [[100, 101]], secondReply: true })).toBe("doubled");
  });

  it("is wrong if the answer is another's, an error, or from nowhere", () => {
    expect(verdict({ outcome: answered({ id: "d" }), runs: [[100, 101]] })).toBe("wrong");
    expect(verdict({ outcome: answered({ error: {} }, 429) })).toBe("wrong");
    expect(verdict({ outcome })).toBe("wrong");
  });
});

describe("a call that was refused", () => {
  it("was refused honestly in a fault, if its handler did not run", () => {
    expect(verdict({ outcome: OFFLINE })).toBe("offline");
    expect(verdict({ outcome: OFFLINE, runs: [[100, 101]] })).toBe("wrong");
  });

  it("is lost where there was no fault", () => {
    expect(verdict({ outcome: OFFLINE, faults: [] })).toBe("lost");
    expect(verdict({ outcome: OFFLINE, faults: [[90, 99.9]] })).toBe("lost");
  });

  it("is told apart by who refused it", () => {
    const refused = (code: string): string => verdict({ outcome: { kind: "failed", code, reason: "any" } });
    expect(refused("DEVICE_DISABLED")).toBe("unwelcome");
    expect(refused("HUB_UNREACHABLE")).toBe("hubAway");
    expect(refused("HUB_THROTTLED")).toBe("wrong");
  });
});

describe("a request that never reached its handler", () => {
  it("was cut if its connection ended under it, by a fault", () => {
    expect(verdict({ connections: [[0, 100.5]] })).toBe("cut");
    expect(verdict({ connections: [[0, 100.5]], faults: [] })).toBe("lost");
  });

  it("is lost if its connection lived on, or ended only later", () => {
    expect(verdict({})).toBe("lost");
    expect(verdict({ connections: [[0, 105]] })).toBe("lost");
  });

  it("was cut if its connection was dead, and found dead later", () => {
    expect(verdict({ connections: [[0, 105]], silences: [[99, 103]] })).toBe("cut");
    expect(verdict({ connections: [[0, never]], silences: [[99, 103]] })).toBe("lost");
  });

  it("is judged by the connection that it waited for, if there was none", () => {
    expect(verdict({ connections: [[103, 103.5]] })).toBe("cut");
    expect(verdict({ connections: [[103, never]] })).toBe("lost");
  });
});

describe("a reply that never reached its caller", () => {
  it("was cut if its connection ended right after it was ready", () => {
    expect(verdict({ runs: [[100, 102]], connections: [[0, 102.1]] })).toBe("cut");
  });

  it("is lost if a session was online and lived on", () => {
    expect(verdict({ runs: [[100, 102]] })).toBe("lost");
    expect(verdict({ runs: [[100, 102]], connections: [[0, 107]] })).toBe("lost");
  });

  it("is lost if it was ready without a session, and the next one came online in time", () => {
    const connections = [
      [0, 101],
      [104, never],
    ] as const;
    expect(verdict({ runs: [[100, 102]], connections })).toBe("lost");
  });

  it("was cut if no session came in time, or the next one ended at once", () => {
    const runs = [[100, 102]] as const;
    const first = [0, 101] as const;
    expect(verdict({ runs, connections: [first] })).toBe("cut");
    expect(verdict({ runs, connections: [first, [109.5, never]] })).toBe("cut");
    expect(verdict({ runs, connections: [first, [104, 104.2]] })).toBe("cut");
  });

  it("was cut if it was written to a connection that had ended, and no news could come of it", () => {
    const connections = [
      [0, 101],
      [106, never],
    ] as const;
    expect(verdict({ runs: [[100, 102]], connections, silences: [[99, 105]] })).toBe("cut");
  });

  it("is lost if the handler never ended, or ended too late without being held up", () => {
    expect(verdict({ runs: [[100]] })).toBe("lost");
    expect(verdict({ runs: [[100, 109.5]] })).toBe("lost");
    expect(verdict({ runs: [[107, 109.5]], silences: [[99, 107]] })).toBe("cut");
  });
});
