import { KIBIBYTE, MEBIBYTE } from "../../sizes.ts";

/**
 * What one plugin may have handed over without an answer, in messages and in characters; what is more has to wait where
 * it was made. Answers come within `messages.outbox.writeDelay`, so that this is a thousand messages a second.
 */
const MOST_OPEN = 256;
const MOST_OPEN_LENGTH = MEBIBYTE;

/** Of one message: somewhat more than the 256 KiB that the hub takes, in base64. What is longer need not come here. */
export const LONGEST_MESSAGE = 384 * KIBIBYTE;

/** Counts what is handed over and not answered: both sides count alike. */
export function createWindow() {
  let open = 0;
  let length = 0;
  return {
    hasRoomFor: (more: number): boolean => open < MOST_OPEN && length + more <= MOST_OPEN_LENGTH,
    enter(more: number): void {
      open += 1;
      length += more;
    },
    leave(less: number): void {
      open -= 1;
      length -= less;
    },
  };
}
