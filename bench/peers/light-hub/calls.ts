import type { Connection } from "./connection.ts";

export interface CallPlan {
  readonly methodName: string;
  /** JSON text. */
  readonly payload: string;
  readonly count: number;
  readonly atOnce: number;
}

/** How the calls went: times in milliseconds. */
export interface CallFigures {
  readonly p50: number;
  readonly p99: number;
  readonly highest: number;
  /** From the first call to the last reply. */
  readonly wall: number;
  /** Replies whose status is not 200. */
  readonly refused: number;
}

/** Calls under way on one connection. */
export interface Calls {
  readonly done: Promise<CallFigures>;
  /** Takes a reply; the next calls go out with `flush`, all in one write. */
  take(requestId: number, status: number): void;
  flush(): void;
  /** The connection is over. */
  abandon(): void;
}

/** Makes so many calls, so many at once: each reply makes room for the next. */
export function runCalls(connection: Connection, { methodName, payload, count, atOnce }: CallPlan): Calls {
  const body = Buffer.from(payload);
  const sentAt = new Float64Array(count);
  const took = new Float64Array(count).fill(-1);
  const { promise: done, resolve, reject } = Promise.withResolvers<CallFigures>();
  const since = performance.now();
  let sent = 0;
  let replied = 0;
  let refused = 0;

  function flush(): void {
    const room = Math.min(atOnce - (sent - replied), count - sent);
    if (room <= 0) return;
    const now = performance.now();
    const ids = Array.from({ length: room }, () => {
      sentAt[sent] = now;
      return sent++;
    });
    connection.call(ids, methodName, body);
  }

  function figures(): CallFigures {
    const sorted = took.toSorted();
    const at = (share: number): number =>
      sorted[Math.min(count - 1, Math.floor(count * share))] ?? Number.NaN;
    return { p50: at(0.5), p99: at(0.99), highest: at(1), wall: performance.now() - since, refused };
  }

  flush();
  return {
    done,
    flush,
    take(requestId, status) {
      if (took[requestId] !== -1) {
        reject(new Error(`the reply to call ${requestId} came twice, or nobody made that call`));
        return;
      }
      took[requestId] = performance.now() - (sentAt[requestId] ?? 0);
      if (status !== 200) refused += 1;
      replied += 1;
      if (replied === count) resolve(figures());
    },
    abandon: () => reject(new Error(`the device left after ${replied} of ${count} calls`)),
  };
}
