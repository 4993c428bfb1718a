import type { Writable } from "node:stream";
import { createCallPackets } from "./call-packets.ts";

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
  readonly p999: number;
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
  /** To be called after each piece of replies. */
  flush(): void;
  /** The connection is over. */
  abandon(): void;
}

/** Makes so many calls, so many at once: each reply makes room for the next. */
export function runCalls(socket: Writable, { methodName, payload, count, atOnce }: CallPlan): Calls {
  const packets = createCallPackets(methodName, payload);
  const sentAt = new Float64Array(count);
  const took = new Float64Array(count).fill(-1);
  const { promise: done, resolve, reject } = Promise.withResolvers<CallFigures>();
  const since = performance.now();
  let sent = 0;
  let replied = 0;
  let refused = 0;
  let isDue = false;

  function send(): void {
    isDue = false;
    const room = Math.min(atOnce - (sent - replied), count - sent);
    if (room <= 0) return;
    sentAt.fill(performance.now(), sent, sent + room);
    socket.write(packets(sent, room));
    sent += room;
  }

  function figures(): CallFigures {
    const wall = performance.now() - since;
    const sorted = took.toSorted();
    const at = (share: number): number =>
      sorted[Math.min(count - 1, Math.floor(count * share))] ?? Number.NaN;
    return { p50: at(0.5), p99: at(0.99), p999: at(0.999), wall, refused };
  }

  send();
  return {
    done,
    flush() {
      // Replies come in a TLS record each: those that arrived together are answered together, or the hub would be what
      // is measured. One alone is not to wait for others.
      if (atOnce === 1) send();
      else if (!isDue) {
        isDue = true;
        setImmediate(send);
      }
    },
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
