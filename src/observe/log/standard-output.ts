import type { Writable } from "node:stream";
import type { DestinationStream } from "pino";
import { type Clock, systemClock } from "../../clock.ts";
import type { EventName } from "../../events/registry.ts";
import { KIBIBYTE, MEBIBYTE } from "../../sizes.ts";

/** What waits at most for a reader that does not read; what comes then is dropped, and how much of it is told. */
const MOST_WAITING = MEBIBYTE;
/** Milliseconds for which the lines that follow one are gathered: to write one costs twice what it costs to make it. */
const GATHERED_FOR = 10;
/** So much is written before that time is over: a quarter of what a pipe of Linux takes before its reader reads. */
const MOST_GATHERED = 16 * KIBIBYTE;

/** Where finished lines go. */
export interface LineStream extends DestinationStream {
  /** Writes what was gathered, now. */
  hasten?(): void;
  /** Calls back when all lines so far are written, or cannot be. */
  flush?(done: () => void): void;
}

export interface LineStreamOptions {
  readonly output?: Writable;
  readonly clock?: Clock | undefined;
  /** Told of each line that is dropped. */
  onDropped?(): void;
}

/**
 * Standard output for a process that must go on whoever reads it: a reader that stalls stalls nothing here, and one
 * that goes away ends nothing. A line after a pause is written at once; those that follow it within 10 ms are written
 * together, and when the process exits. As little waits in a pipe then, `flush` comes before that.
 */
export function lineStream({
  output = process.stdout,
  clock = systemClock,
  onDropped,
}: LineStreamOptions = {}): LineStream {
  let waiting = "";
  let dropped = 0;
  let isGathering = false;
  // Without a listener a reader that goes away (EPIPE) would end the process.
  output.on("error", () => {});
  process.once("exit", hand);

  /** Whether the output took what waits: until it has written what it has, more would only wait there. */
  function hand(): boolean {
    if (waiting === "" || output.writableLength > 0) return false;
    const lines = waiting;
    waiting = "";
    output.write(lines, hand);
    return true;
  }

  function gather(): void {
    isGathering = true;
    clock.setTimer(GATHERED_FOR, () => {
      isGathering = false;
      if (hand()) gather();
    });
  }

  function tellDropped(): void {
    if (dropped === 0) return;
    const msg = `${dropped} lines of the log were dropped: nobody read them`;
    const event: EventName = "log.dropped";
    const line = { level: "warn", time: new Date().toISOString(), event, dropped, msg };
    waiting += `${JSON.stringify(line)}\n`;
    dropped = 0;
  }

  return {
    write(line) {
      if (waiting.length + output.writableLength > MOST_WAITING) {
        dropped += 1;
        onDropped?.();
        return;
      }
      tellDropped();
      waiting += line;
      if (isGathering && waiting.length < MOST_GATHERED) return;
      hand();
      if (!isGathering) gather();
    },
    hasten: () => void hand(),
    flush(done) {
      tellDropped();
      output.write(waiting, () => done());
      waiting = "";
    },
  };
}
