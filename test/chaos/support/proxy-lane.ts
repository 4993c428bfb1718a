import type { Socket } from "node:net";

export interface LaneRules {
  /** Nothing goes on; what comes waits. */
  readonly held: boolean;
  /** Milliseconds. */
  readonly delay: number;
  readonly bytesPerSecond: number;
}

export interface LaneOptions {
  readonly from: Socket;
  readonly to: Socket;
  /**
   * How many bytes may still go before this lane stops for good, if it has to, and what else is to be done then; asked
   * with how many have gone.
   */
  cutAt(forwarded: number): { left: number; end: () => unknown } | undefined;
}

/** One direction of a connection. */
export interface Lane {
  follow(rules: LaneRules): void;
  /** Forgets what waits, and forwards nothing more. */
  stop(): void;
}

/** Bytes, or the end of them: said properly, or by being gone. */
type Item = { readonly due: number } & (
  | { readonly data: Buffer }
  | { readonly data?: never; readonly end: "end" | "gone" }
);

/** How often a slow lane sends, in milliseconds. */
const SLOW_TICK = 20;

/**
 * Carries what comes from one socket to another, as late and as slowly as the rules say. It reads always, also while
 * nothing may go on, so that it sees when the sender goes; what waited goes on later, as TCP sends again what was lost.
 */
export function createLane({ from, to, cutAt }: LaneOptions): Lane {
  let rules: LaneRules = { held: false, delay: 0, bytesPerSecond: Number.POSITIVE_INFINITY };
  let queue: Item[] = [];
  let forwarded = 0;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  const push = (item: { data: Buffer } | { end: "end" | "gone" }): void => {
    if (stopped) return;
    queue.push({ ...item, due: performance.now() + rules.delay });
    if (timer === undefined) pump();
  };
  from.on("data", (data: Buffer) => push({ data }));
  from.once("end", () => push({ end: "end" }));
  from.once("close", () => push({ end: "gone" }));
  from.on("error", () => {}); // "close" follows.

  function pump(): void {
    timer = undefined;
    while (!rules.held && !stopped) {
      const [item] = queue;
      if (item === undefined) return;
      const wait = item.due - performance.now();
      if (wait > 0) {
        later(wait);
        return;
      }
      if (item.data === undefined) {
        queue.shift();
        if (item.end === "end") to.end();
        else if (from.readableEnded) to.destroySoon();
        else to.resetAndDestroy();
      } else if (send(item.data)) {
        later(SLOW_TICK);
        return;
      }
    }
  }

  /** Sends the head of the queue, or a part of it; tells whether the next part has to wait. */
  function send(data: Buffer): boolean {
    const slow = Number.isFinite(rules.bytesPerSecond);
    const most = slow ? Math.max(1, Math.round((rules.bytesPerSecond * SLOW_TICK) / 1000)) : data.length;
    const cut = cutAt(forwarded);
    const left = Math.max(0, cut?.left ?? data.length);
    const part = data.subarray(0, Math.min(most, left));
    forwarded += part.length;
    if (cut !== undefined && part.length === left) {
      stop();
      // Only when the part is on its way: an RST takes along what was not sent.
      if (part.length > 0) to.write(part, () => cut.end());
      else cut.end();
      return false;
    }
    to.write(part);
    queue.shift();
    if (part.length < data.length) queue.unshift({ due: 0, data: data.subarray(part.length) });
    return slow;
  }

  function later(milliseconds: number): void {
    timer = setTimeout(pump, milliseconds);
  }

  function stop(): void {
    stopped = true;
    queue = [];
    clearTimeout(timer);
  }

  return {
    follow(next) {
      rules = next;
      if (timer === undefined) pump();
    },
    stop,
  };
}
