import type { Readable } from "node:stream";
import type { Clock } from "../../../clock.ts";
import { cut } from "../../../cut.ts";
import { forAuthor, type Logger } from "../../../events/logger.ts";
import { KIBIBYTE } from "../../../sizes.ts";
import { createAllowance } from "../allowance.ts";
import { lineWriter } from "../line-writer.ts";
import { readSlowly } from "../slow-reader.ts";

/** What is read of standard error in a second; a program that writes more has to wait. */
const BYTES_A_SECOND = 256 * KIBIBYTE;
/** What a reply shows of the last line. */
const SHOWN = 300;
/** How many of the lines that were too many are kept, as the last ones say why a program failed. */
const KEPT = 10;

/** Standard error of a program is its log: this is what it wrote last. */
export interface ErrorLines {
  /** Resolves when all was read. */
  readonly read: Promise<void>;
  /**
   * What it said last, with a colon before it, to be put behind how the program ended; empty if it wrote nothing. Where
   * in the code that was is left out.
   */
  last(): string;
  /** Writes the last of those lines into the log that were too many: the program has failed. */
  tellDropped(): void;
}

/** Writes each line of a program's standard error into the log, as long as they are not too many. */
export function logErrorLines(
  stream: Readable,
  { logger, clock }: { logger: () => Logger; clock: Clock },
): ErrorLines {
  let last = "";
  let isInStack = false;
  let dropped: string[] = [];
  const allowance = createAllowance({
    now: clock.now,
    setTimer: clock.setTimer,
    tell: (lines) =>
      logger().warn(
        { event: "plugin.lines-dropped", lines },
        "the plugin writes too much: lines of it were dropped",
      ),
  });
  const write = (line: string): void => forAuthor(logger()).info({ stream: "stderr" }, "%s", line);
  const lines = lineWriter((line) => {
    isInStack = IN_STACK.test(line) || (isInStack && BELOW_STACK.test(line));
    if (!isInStack) last = line;
    if (allowance.take()) write(line);
    else dropped = [...dropped.slice(1 - KEPT), line];
  });
  const read = new Promise<void>((resolve) => {
    stream.once("close", resolve).once("end", () => lines.end(resolve));
  });
  readSlowly(stream, { bytesASecond: BYTES_A_SECOND, onChunk: (chunk) => lines.write(chunk), clock });
  return {
    read,
    last: () => (last === "" ? "" : `: ${cut(last.trim(), SHOWN)}`),
    tellDropped() {
      for (const line of dropped) write(line);
      dropped = [];
    },
  };
}

/** Node writes its stack below the error, then what else the error holds, then its own version. */
const IN_STACK = /^ {4}at /;
const BELOW_STACK = /^(\s|\}|Node\.js v)/;
