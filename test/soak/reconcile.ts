import type { Call } from "./calls.ts";
import type { AgentRecord, Run } from "./record.ts";
import type { Timeline } from "./timeline.ts";
import { CALL_CLASSES, type CallClass, judge, type Verdict } from "./verdict.ts";

/** A call that must not have ended so. */
export interface Offence extends Verdict {
  readonly call: Call;
  readonly runs: readonly Run[];
}

export interface Reconciliation {
  readonly made: number;
  readonly counts: Readonly<Record<CallClass, number>>;
  readonly offences: readonly Offence[];
  /** Replies that the hub got for nothing that was called. */
  readonly strayReplies: readonly string[];
}

const MUST_NOT_BE: ReadonlySet<CallClass> = new Set(["lost", "doubled", "wrong"]);

/** Holds what the callers were told against what the agent and the hub wrote down. Pure. */
export function reconcile(options: {
  calls: readonly Call[];
  record: AgentRecord;
  timeline: Timeline;
}): Reconciliation {
  const { calls, record, timeline } = options;
  const callOf = new Map(
    [...record].flatMap(([id, runs]) => runs.map(({ requestId }) => [requestId, id] as const)),
  );
  const answered = new Set(calls.filter(({ outcome }) => outcome.kind === "answered").map(({ id }) => id));
  // What comes for a call that the caller has given up comes late; for one that was answered it is a second reply.
  const repliedTwice = new Set(
    timeline.ignoredReplies.map((requestId) => callOf.get(requestId)).filter((id) => answered.has(id ?? "")),
  );

  const counts = Object.fromEntries(CALL_CLASSES.map((each) => [each, 0])) as Record<CallClass, number>;
  const offences: Offence[] = [];
  for (const call of calls) {
    const runs = record.get(call.id) ?? [];
    const verdict = judge({ call, runs, secondReply: repliedTwice.has(call.id), timeline });
    counts[verdict.class] += 1;
    if (MUST_NOT_BE.has(verdict.class)) offences.push({ ...verdict, call, runs });
  }
  const strayReplies = timeline.ignoredReplies.filter((requestId) => !callOf.has(requestId));
  return { made: calls.length, counts, offences, strayReplies };
}
