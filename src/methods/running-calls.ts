import type { Clock } from "../clock.ts";
import type { RunningCall } from "./running-call.ts";

/** Calls that have a place or wait for one, and their time. */
export interface RunningCalls extends Iterable<RunningCall> {
  readonly size: number;
  add(call: RunningCall): void;
  /** From now on its time is watched: it expires when that is over. */
  watch(call: RunningCall): void;
  remove(call: RunningCall): void;
}

/** Those that may take equally long, in the order in which they came: the first is over its time first. */
interface Line {
  readonly calls: Set<RunningCall>;
  cancel?: (() => void) | undefined;
}

/** One timer for all calls that may take equally long: Node's own for each would cost more than what it watches. */
export function createRunningCalls(clock: Pick<Clock, "now" | "setTimer">): RunningCalls {
  const lines = new Map<number, Line>();
  let size = 0;

  function lineOf({ timeout }: RunningCall): Line {
    const line = lines.get(timeout) ?? { calls: new Set() };
    if (line.calls.size === 0) lines.set(timeout, line);
    return line;
  }

  function setTimer(line: Line): void {
    const [first] = line.calls;
    if (first === undefined) return;
    const { deadline } = first;
    // Node counts whole milliseconds, and none that has begun.
    line.cancel = clock.setTimer(Math.ceil(deadline - clock.now()), () => expire(line, deadline));
  }

  function expire(line: Line, deadline: number): void {
    line.cancel = undefined;
    // A timer of Node may be a little early.
    const now = Math.max(clock.now(), deadline);
    for (const call of line.calls) {
      if (call.deadline > now) break;
      call.expire();
    }
    if (line.cancel === undefined) setTimer(line);
  }

  return {
    get size() {
      return size;
    },
    add(call) {
      lineOf(call).calls.add(call);
      size += 1;
    },
    watch(call) {
      const line = lineOf(call);
      if (line.cancel === undefined) setTimer(line);
    },
    remove(call) {
      const line = lineOf(call);
      if (!line.calls.delete(call)) return;
      size -= 1;
      if (line.calls.size > 0) return;
      line.cancel?.();
      line.cancel = undefined;
    },
    *[Symbol.iterator]() {
      for (const { calls } of lines.values()) yield* calls;
    },
  };
}
