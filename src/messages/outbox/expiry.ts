import type { Clock } from "../../clock.ts";
import { MINUTE } from "../../durations.ts";
import type { KeptMessage } from "./outbox.ts";

/** A clock that says less has not been set: this program did not exist before. */
const PLAUSIBLE = Date.UTC(2020, 0, 1);
/** A clock that moves by more, at once, was set. */
const JUMP = MINUTE;
/** How often a clock may be set until the first time is forgotten. */
const MOST_ERAS = 32;

type Lifetime = Pick<KeptMessage, "sequence" | "createdAt" | "expiresAt">;

export interface Expiry {
  /** Must be called before each message gets its sequence: notices that the clock has been set since the last one. */
  look(nextSequence: number): void;
  isOver(message: Lifetime): boolean;
  /** When it was handed over, by the wall clock as it is set now: milliseconds since 1970. */
  handedOver(message: Lifetime): number;
  /** Messages of this run have got other sequences, higher by so much. */
  shift(by: number): void;
}

/**
 * Whether the time of a message is over. A Raspberry Pi has no clock while it is off: it starts in 1970, or where it
 * stopped, until the network tells it the time. So the age of what this run was given is taken from the clock that never
 * jumps. What an earlier run left is judged by the wall clock; what that run gave a time before 2020 lives as long as it
 * should from the start of this one.
 */
export function createExpiry(clock: Clock): Expiry {
  const openedAt = clock.now();
  const offset = (): number => clock.wallClock() - clock.now();
  /** What the wall clock was ahead of the other, for messages from this sequence on. */
  let eras: { from: number; offset: number }[] = [];

  const eraOf = ({ sequence }: Lifetime) => eras.findLast(({ from }) => from <= sequence);

  return {
    look(nextSequence) {
      const now = offset();
      const latest = eras.at(-1);
      if (latest !== undefined && Math.abs(now - latest.offset) <= JUMP) return;
      eras.push({ from: nextSequence, offset: now });
      if (eras.length > MOST_ERAS) eras.shift();
    },
    isOver(message) {
      const { createdAt, expiresAt } = message;
      const era = eraOf(message);
      if (era !== undefined) return clock.now() + era.offset >= expiresAt;
      if (createdAt < PLAUSIBLE) return clock.now() - openedAt >= expiresAt - createdAt;
      return clock.wallClock() >= expiresAt;
    },
    handedOver(message) {
      const { createdAt } = message;
      const era = eraOf(message);
      if (era !== undefined) return createdAt - era.offset + offset();
      return createdAt < PLAUSIBLE ? openedAt + offset() : createdAt;
    },
    shift(by) {
      eras = eras.map((era) => ({ ...era, from: era.from + by }));
    },
  };
}
