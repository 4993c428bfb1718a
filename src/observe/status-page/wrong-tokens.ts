import type { Clock } from "../../clock.ts";
import { MINUTE } from "../../durations.ts";
import type { Logger } from "../../events/logger.ts";

/** How often there is a line about wrong tokens at most. */
const INTERVAL_MS = MINUTE;

export interface WrongTokens {
  /** One was given, from there. */
  seen(remote: string): void;
  stop(): void;
}

/** Tells the log that somebody tries tokens: the first at once, those that follow once a minute, together. */
export function createWrongTokens({ logger, clock }: { logger: Logger; clock: Clock }): WrongTokens {
  let cancel: (() => void) | undefined;
  let count = 0;
  let last = "";

  function sumUp(): void {
    cancel = undefined;
    if (count === 0) return;
    logger.warn(
      { event: "page.token-refused", remote: last, count },
      "wrong tokens were given to the status page; the last came from there",
    );
    count = 0;
    cancel = clock.setTimer(INTERVAL_MS, sumUp);
  }

  return {
    seen(remote) {
      if (cancel !== undefined) {
        count += 1;
        last = remote;
        return;
      }
      logger.warn({ event: "page.token-refused", remote }, "a wrong token was given to the status page");
      cancel = clock.setTimer(INTERVAL_MS, sumUp);
    },
    stop: () => cancel?.(),
  };
}
