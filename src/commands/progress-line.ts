import type { VerbIo } from "./verb-io.ts";

/** How far something has come, told on standard error. */
export interface ProgressLine {
  /** `done` of `all`, and a few words behind it; of 0 the words alone. */
  show(progress: { done: number; all: number; words: string }): void;
  /** Takes a line that stands back from a terminal, so that what follows has one of its own. */
  clear(): void;
}

const BAR_WIDTH = 24;
/** Where no line can be written over, one in so many milliseconds is enough. */
const LINE_EVERY_MS = 5_000;

/**
 * On a terminal a bar in its place; elsewhere a line when something has changed. `cli-progress` (3.12.0) would be six
 * packages for what these lines do.
 */
export function createProgressLine({
  isTerminal,
  writeError,
  now,
}: Pick<VerbIo, "isTerminal" | "writeError" | "now">): ProgressLine {
  let last: string | undefined;
  let toldAt = Number.NEGATIVE_INFINITY;

  return {
    show({ done, all, words }) {
      const line = [...(all === 0 ? [] : [`${done} of ${all}`]), ...(words === "" ? [] : [words])].join(", ");
      if (line === last) return;
      if (isTerminal) {
        const full = all === 0 ? 0 : Math.round((BAR_WIDTH * done) / all);
        writeError(`\r\u001b[K[${"#".repeat(full).padEnd(BAR_WIDTH, ".")}] ${line}`);
      } else {
        if (now() - toldAt < LINE_EVERY_MS && done < all) return;
        toldAt = now();
        writeError(`${line}\n`);
      }
      last = line;
    },
    clear() {
      if (isTerminal && last !== undefined) writeError("\r\u001b[K");
      last = undefined;
    },
  };
}
