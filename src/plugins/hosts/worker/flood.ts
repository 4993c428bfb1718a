import type { Clock } from "../../../clock.ts";
import { SECOND } from "../../../durations.ts";

/** What may come in a second that ends no call: lines of the log, of which we let 100 through over there, and the like. */
const MOST_MESSAGES = 1_000;
/** Its further answers, its progress. */
const MOST_MESSAGES_A_CALL = 20;

/** Counts what a plugin sends that nobody waits for: our own code over there sends little of it. */
export function createFloodGuard(clock: Clock): (calls: number) => boolean {
  let since = Number.NEGATIVE_INFINITY;
  let messages = 0;
  return (calls) => {
    if (clock.now() - since >= SECOND) {
      since = clock.now();
      messages = 0;
    }
    messages += 1;
    return messages <= MOST_MESSAGES + MOST_MESSAGES_A_CALL * calls;
  };
}
