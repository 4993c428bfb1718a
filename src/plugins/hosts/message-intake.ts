import type { Clock } from "../../clock.ts";
import { SECOND } from "../../durations.ts";
import { type ErrorCode, isHubhandError, messageOf } from "../../errors.ts";
import type { Telemetry, TelemetryOptions } from "../../messages/telemetry.ts";
import { createWindow } from "./message-window.ts";

/** Each costs the agent's thread a tenth of a millisecond, on a Pi several: a loop that sends must leave it time. */
const MOST_A_SECOND = 1_000;

/** A message to the hub from code that runs elsewhere. */
export interface HandedOver {
  readonly body: unknown;
  /** Not checked yet. */
  readonly options: TelemetryOptions;
  /** Characters that it came in. */
  readonly length: number;
  kept(messageId: string): void;
  /** Nothing of it is sent. */
  refused(code: ErrorCode, message: string): void;
}

/** Takes a plugin's messages one after the other, no faster than is good for everybody else. */
export interface MessageIntake {
  /** What was handed over is sent, whatever becomes of the plugin meanwhile. */
  add(message: HandedOver): void;
  hasRoomFor(length: number): boolean;
  /** Resolves when there is room; undefined if there is now. */
  room(): Promise<void> | undefined;
}

export function createMessageIntake({
  telemetry,
  clock,
}: {
  readonly telemetry: Telemetry;
  readonly clock: Clock;
}): MessageIntake {
  const window = createWindow();
  /** In the order in which they came; those in hand are not in it. */
  const waiting = new Set<HandedOver>();
  let since = Number.NEGATIVE_INFINITY;
  let taken = 0;
  let isResting = false;
  let space: PromiseWithResolvers<void> | undefined;

  function takeTurns(): void {
    for (const message of waiting) {
      if (clock.now() - since >= SECOND) {
        since = clock.now();
        taken = 0;
      }
      if (taken >= MOST_A_SECOND) {
        rest();
        return;
      }
      taken += 1;
      waiting.delete(message);
      void hand(message);
    }
  }

  function rest(): void {
    if (isResting) return;
    isResting = true;
    clock.setTimer(SECOND - (clock.now() - since), () => {
      isResting = false;
      takeTurns();
    });
  }

  async function hand({ body, options, length, kept, refused }: HandedOver): Promise<void> {
    let answer: () => void;
    try {
      const { messageId } = await telemetry.send(body, options);
      answer = () => kept(messageId);
    } catch (error) {
      const code = isHubhandError(error) ? error.code : "INTERNAL";
      answer = () => refused(code, messageOf(error));
    }
    // Room first: whoever hears the answer may count on it.
    window.leave(length);
    if (window.hasRoomFor(0)) space?.resolve();
    answer();
  }

  return {
    add(message) {
      window.enter(message.length);
      waiting.add(message);
      takeTurns();
    },
    hasRoomFor: window.hasRoomFor,
    room() {
      if (window.hasRoomFor(0)) return undefined;
      space = Promise.withResolvers();
      return space.promise;
    },
  };
}
