import { cut } from "../../cut.ts";
import type { VerbIo } from "../back-end/verb-io.ts";

/** How far something has come, told on standard error. */
export interface ProgressLine {
  /** `done` of `all`, and a few words behind it; of 0 the words alone. */
  show(progress: { done: number; all: number; words: string }): void;
  /** Writes lines of their own to standard error: the bar makes way for them, and comes back below. */
  tell(lines: string): void;
  /** Takes a line that stands back from a terminal, so that what follows has one of its own. */
  clear(): void;
}

const BAR_WIDTH = 24;
/** Where no line can be written over, one in so many milliseconds is enough. */
const LINE_EVERY_MS = 5_000;
const TO_THE_BEGINNING = "\r\u001b[K";

/**
 * On a terminal a bar in its place; elsewhere a line when something has changed. `cli-progress` (3.12.0) would be six
 * packages for what these lines do.
 */
export function createProgressLine({
  isTerminal,
  columns,
  writeError,
  now,
}: Pick<VerbIo, "isTerminal" | "columns" | "writeError" | "now">): ProgressLine {
  let last: { readonly line: string; readonly bar: string } | undefined;
  let toldAt = Number.NEGATIVE_INFINITY;

  /** A line that is longer than the terminal is wide could not be written over: the bar goes first, then the words' end. */
  function draw({ line, bar }: { line: string; bar: string }): void {
    const room = columns() - 1;
    const fits = [`${bar} ${line}`, line].find(({ length }) => length <= room);
    writeError(`${TO_THE_BEGINNING}${fits ?? cut(line, Math.max(0, room - 1))}`);
  }

  return {
    show({ done, all, words }) {
      const line = [...(all === 0 ? [] : [`${done} of ${all}`]), ...(words === "" ? [] : [words])].join(", ");
      if (line === last?.line) return;
      const full = all === 0 ? 0 : Math.round((BAR_WIDTH * done) / all);
      const next = { line, bar: `[${"#".repeat(full).padEnd(BAR_WIDTH, ".")}]` };
      if (isTerminal) draw(next);
      else {
        if (now() - toldAt < LINE_EVERY_MS && done < all) return;
        toldAt = now();
        writeError(`${line}\n`);
      }
      last = next;
    },
    tell(lines) {
      const isShown = isTerminal && last !== undefined;
      writeError(isShown ? `${TO_THE_BEGINNING}${lines}` : lines);
      if (isShown && last !== undefined) draw(last);
    },
    clear() {
      if (isTerminal && last !== undefined) writeError(TO_THE_BEGINNING);
      last = undefined;
    },
  };
}
