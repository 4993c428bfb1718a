import type { Clock } from "../../../clock.ts";
import { MINUTE } from "../../../durations.ts";
import type { Logger } from "../../../events/logger.ts";
import { diskFault } from "../../on-disk/disk-fault.ts";

/** So often a disk that gave nothing is tried again, though no message comes: `/readyz` must not tell of old times. */
const TRY_AGAIN_MS = MINUTE;

export interface TroubleOptions {
  readonly file: string;
  /** Uses the disk; is to say whether it failed or worked. */
  tryAgain(): Promise<void>;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** Knows whether the disk takes messages, and tells it once. */
export interface Trouble {
  /** Why it takes none, for a person. */
  readonly problem: string | undefined;
  failed(error: unknown): void;
  worked(): void;
  /** Nothing is tried any more. */
  close(): void;
}

export function createTrouble({ file, tryAgain, logger, clock }: TroubleOptions): Trouble {
  let problem: string | undefined;
  let cancel: (() => void) | undefined;
  let isClosed = false;

  return {
    get problem() {
      return problem;
    },
    failed(error) {
      if (!isClosed)
        cancel ??= clock.setTimer(TRY_AGAIN_MS, () => {
          cancel = undefined;
          void tryAgain();
        });
      const said = diskFault(error, file).problem;
      if (problem === said) return;
      problem = said;
      logger.error(
        { event: "inbox.off-disk" },
        `cloud-to-device messages cannot be kept on disk: ${said}. They are handled without, and acknowledged when that is done`,
      );
    },
    worked() {
      if (problem === undefined) return;
      problem = undefined;
      logger.info({ event: "inbox.on-disk" }, "cloud-to-device messages are kept on disk again");
    },
    close() {
      isClosed = true;
      cancel?.();
    },
  };
}
