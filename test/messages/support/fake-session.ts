import type { KeptMessage } from "../../../src/messages/outbox/outbox.ts";
import type { SendingSession } from "../../../src/messages/sending/round.ts";

export interface FakeSession extends SendingSession {
  /** Sequences in the order in which they were sent. */
  readonly sent: number[];
  /** Sent and neither acknowledged nor refused. */
  readonly open: () => number[];
  /** How often it was asked whether it is alive. */
  readonly checks: () => number;
  /** The hub has it; the oldest that is open if none is named. */
  acknowledge(sequence?: number): void;
  /** From now on: each at once. */
  acknowledgeAll(): void;
  /** Refuses what is open and what comes. */
  refuse(): void;
  /** The connection is lost, and with it what is open. */
  end(): void;
}

/** A session of a hub that acknowledges when it is told to. */
export function fakeSession(options: { onCheck?: () => void } = {}): FakeSession {
  const sent: number[] = [];
  const open = new Map<number, PromiseWithResolvers<void>>();
  const ended = Promise.withResolvers<void>();
  let checks = 0;
  let how: "open" | "acknowledged" | "refused" = "open";
  const rejectAll = (): void => {
    for (const { reject } of open.values()) reject(new Error("not acknowledged"));
    open.clear();
  };
  return {
    sent,
    open: () => [...open.keys()],
    checks: () => checks,
    ended: ended.promise,
    sendMessage({ sequence }: KeptMessage) {
      if (how === "refused") return Promise.reject(new Error("handing over"));
      sent.push(sequence);
      if (how === "acknowledged") return Promise.resolve();
      const settled = Promise.withResolvers<void>();
      open.set(sequence, settled);
      return settled.promise;
    },
    async check() {
      checks += 1;
      options.onCheck?.();
    },
    acknowledge(sequence = [...open.keys()][0] ?? 0) {
      open.get(sequence)?.resolve();
      open.delete(sequence);
    },
    acknowledgeAll() {
      how = "acknowledged";
      for (const { resolve } of open.values()) resolve();
      open.clear();
    },
    refuse() {
      how = "refused";
      rejectAll();
    },
    end() {
      how = "refused";
      ended.resolve();
      rejectAll();
    },
  };
}
