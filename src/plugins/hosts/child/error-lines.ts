import type { Readable } from "node:stream";
import type { Logger } from "pino";
import type { Clock } from "../../../clock.ts";
import { KIBIBYTE } from "../../../sizes.ts";
import { createAllowance } from "../allowance.ts";
import { lineWriter } from "../line-writer.ts";
import { readSlowly } from "../slow-reader.ts";

/** What is read of standard error in a second; a program that writes more has to wait. */
const BYTES_A_SECOND = 256 * KIBIBYTE;
/** What a reply shows of the last line. */
const SHOWN = 300;

/** Standard error of a program is its log: this is what it wrote last. */
export interface ErrorLines {
  /** With a colon before it, to be put behind how the program ended; empty if it wrote nothing. */
  last(): string;
}

/** Writes each line of a program's standard error into the log, as long as they are not too many. */
export function logErrorLines(
  stream: Readable,
  { logger, clock }: { logger: () => Logger; clock: Clock },
): ErrorLines {
  let last = "";
  const allowance = createAllowance({
    now: clock.now,
    setTimer: clock.setTimer,
    tell: (lines) => logger().warn({ lines }, "the plugin writes too much: lines of it were dropped"),
  });
  const lines = lineWriter((line) => {
    last = line;
    if (allowance.take()) logger().info({ stream: "stderr" }, "%s", line);
  });
  stream.once("end", () => lines.end());
  readSlowly(stream, { bytesASecond: BYTES_A_SECOND, onChunk: (chunk) => lines.write(chunk), clock });
  return { last: () => (last === "" ? "" : `: ${last.trim().slice(0, SHOWN)}`) };
}
