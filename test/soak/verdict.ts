import type { Call } from "./calls.ts";
import type { Run } from "./record.ts";
import { type Connection, overlaps, type Timeline } from "./timeline.ts";

/**
 * What became of a call. docs/soak.md defines each:
 * - `answered`: rightly, and the handler ran once;
 * - `offline`, `unwelcome`, `hubAway`: refused in a fault, and the caller was told at once;
 * - `cut`: on the wire of a connection that a fault destroyed;
 * - `lost`, `doubled`, `wrong`: must not be.
 */
export const CALL_CLASSES = [
  "answered",
  "offline",
  "unwelcome",
  "hubAway",
  "cut",
  "lost",
  "doubled",
  "wrong",
] as const;

export type CallClass = (typeof CALL_CLASSES)[number];

export interface Verdict {
  readonly class: CallClass;
  readonly why: string;
}

export interface Evidence {
  readonly call: Call;
  /** What the agent wrote down of it. */
  readonly runs: readonly Run[];
  /** The hub got a reply for it besides the one that the caller got. */
  readonly secondReply: boolean;
  readonly timeline: Timeline;
}

/** What is on the wire of a road without faults arrives within this, however busy the machine. Milliseconds. */
const ON_THE_WIRE = 1_000;
/** Within this a side learns that its connection was ended. */
const NEWS = 250;
/** A session must be there for so long before a call's time is over, to be answered on it. */
const ENOUGH = 1_000;

const REFUSALS: Readonly<Record<string, CallClass>> = {
  DEVICE_OFFLINE: "offline",
  DEVICE_DISABLED: "unwelcome",
  DEVICE_UNKNOWN: "unwelcome",
  HUB_UNREACHABLE: "hubAway",
  HUB_FAULT: "hubAway",
  CREDENTIALS_REFUSED: "hubAway",
};

/** Puts a call in exactly one class. Pure. */
export function judge(evidence: Evidence): Verdict {
  const { call, runs, secondReply, timeline } = evidence;
  if (runs.length > 1) return doubled(`its handler ran ${runs.length} times`);
  if (secondReply) return doubled("it was answered twice");
  const { outcome } = call;
  if (outcome.kind === "answered") return judgeAnswer(outcome, { id: call.id, runs });

  const { code, reason } = outcome;
  if (!overlaps(timeline.faults, call.startedAt, call.endedAt)) {
    return lost(`${code} (${reason}), and there was no fault`);
  }
  const refusal = REFUSALS[code];
  if (refusal === "offline" && runs.length > 0) return wrong("refused as offline, and yet its handler ran");
  if (refusal !== undefined) return { class: refusal, why: `${code} (${reason})` };
  if (code !== "DEVICE_SILENT" || reason === "timeout-answer") return wrong(`${code} (${reason})`);
  const [run] = runs;
  return run === undefined ? judgeRequest(evidence) : judgeReply(evidence, run);
}

function judgeAnswer(
  { status, payload }: { status: number; payload: unknown },
  { id, runs }: { id: string; runs: readonly Run[] },
): Verdict {
  if (status !== 200) return wrong(`answered with ${status} ${JSON.stringify(payload)}`);
  if ((payload as { id?: unknown } | null)?.id !== id) return wrong("answered with another call's payload");
  if (runs.length === 0) return wrong("answered, and its handler never ran");
  return { class: "answered", why: "" };
}

/** The handler never ran, and nobody was told anything: only a connection that ended under the request explains it. */
function judgeRequest({ call, timeline }: Evidence): Verdict {
  const { startedAt } = call;
  const sentOn = timeline.connections.filter(
    ({ onlineAt, endedAt }) => onlineAt <= startedAt + ON_THE_WIRE && endedAt >= startedAt,
  );
  const next = timeline.connections.find(({ onlineAt }) => onlineAt > startedAt);
  const candidates = sentOn.length > 0 || next === undefined ? sentOn : [next];
  const isCut = candidates.some((connection) =>
    endedUnder(connection, { at: Math.max(startedAt, connection.onlineAt), call, timeline }),
  );
  return isCut ? cut("its request") : lost("its request was sent, and its handler never ran");
}

/** The handler ran, and the caller never heard of it. */
function judgeReply({ call, timeline }: Evidence, { endedAt }: Run): Verdict {
  if (endedAt === undefined) return lost("its handler never ended");
  if (endedAt > call.endedAt - ENOUGH) {
    return overlaps(timeline.silences, call.startedAt, endedAt)
      ? cut("its handler was held up")
      : lost("its handler ended too late, and nothing had held it up");
  }
  const { connections } = timeline;
  const carriers = connections.filter(
    (each, index) => each.onlineAt <= endedAt && endedAt <= knownEnd(each, connections[index + 1], timeline),
  );
  if (carriers.length > 0) {
    const isCut = carriers.some(
      (each) => each.endedAt <= endedAt || endedUnder(each, { at: endedAt, call, timeline }),
    );
    return isCut ? cut("its reply") : lost("its reply was ready while a session was online that lived on");
  }
  const next = connections.find(({ onlineAt }) => onlineAt >= endedAt && onlineAt <= call.endedAt - ENOUGH);
  if (next === undefined) return cut("its reply, which had no session in time");
  return endedUnder(next, { at: next.onlineAt, call, timeline })
    ? cut("its reply, on the next session")
    : lost("its reply was ready, and a session came online in time");
}

/** Until when the agent may have taken a connection for a living one. */
function knownEnd({ endedAt }: Connection, next: Connection | undefined, { silences }: Timeline): number {
  const silence = silences.find(({ from, to }) => from <= endedAt && endedAt <= to);
  return Math.min((silence?.to ?? endedAt) + NEWS, next?.onlineAt ?? Number.POSITIVE_INFINITY);
}

/** Whether what was handed to a connection at a time may have been destroyed with it. */
function endedUnder(
  { endedAt }: Connection,
  { at, call, timeline }: { at: number; call: Call; timeline: Timeline },
): boolean {
  if (endedAt < at - NEWS || endedAt > call.endedAt + NEWS) return false;
  return endedAt <= at + ON_THE_WIRE || overlaps(timeline.silences, at, endedAt);
}

const cut = (what: string): Verdict => ({ class: "cut", why: what });
const lost = (why: string): Verdict => ({ class: "lost", why });
const doubled = (why: string): Verdict => ({ class: "doubled", why });
const wrong = (why: string): Verdict => ({ class: "wrong", why });
