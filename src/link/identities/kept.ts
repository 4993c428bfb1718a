import { messageOf } from "../../errors.ts";
import type { Logger } from "../../events/logger.ts";

/** Reads something as it is now; rejects if it cannot be used. */
export type Read<T, Given extends unknown[] = []> = (...given: Given) => Promise<T>;

export interface KeptOptions<T, Given extends unknown[]> {
  /** In words, for the log: "the connection string". */
  readonly what: string;
  readonly read: Read<T, Given>;
  readonly logger: Logger;
}

/**
 * Reads anew each time, and gives what was good last while it cannot: files are renewed in more than one step, and a
 * mounted secret may be away for a moment. That is told once for each reason, and so is its end.
 * @returns a reader that rejects only while nothing has ever been read
 */
export function keepLastGood<T, Given extends unknown[] = []>(
  options: KeptOptions<T, Given>,
): Read<T, Given> {
  const { what, read, logger } = options;
  let last: { value: T } | undefined;
  let told: string | undefined;
  return async (...given) => {
    try {
      last = { value: await read(...given) };
    } catch (error) {
      if (last === undefined) throw error;
      const problem = messageOf(error);
      if (problem !== told)
        logger.warn(
          { event: "identity.file-unusable" },
          `${what} cannot be used now; what was read before stays: ${problem}`,
        );
      told = problem;
      return last.value;
    }
    if (told !== undefined) logger.info({ event: "identity.file-usable" }, `${what} can be used again`);
    told = undefined;
    return last.value;
  };
}
