import type { Writable } from "node:stream";
import type { DestinationStream } from "pino";
import type { EventName } from "../../events/registry.ts";

/** What waits at most for a reader that does not read; what comes then is dropped, and how much of it is told. */
const MOST_WAITING_BYTES = 1024 * 1024;

/** Where finished lines go. */
export interface LineStream extends DestinationStream {
  /** Calls back when all lines so far are written, or cannot be. */
  flush?(done: () => void): void;
}

export interface LineStreamOptions {
  readonly output?: Writable;
  /** Told of each line that is dropped. */
  onDropped?(): void;
}

/**
 * Standard output for a process that must go on whoever reads it: a reader that stalls stalls nothing here, and one
 * that goes away ends nothing. As little waits in a pipe when a process exits, `flush` comes before that.
 */
export function lineStream({ output = process.stdout, onDropped }: LineStreamOptions = {}): LineStream {
  let dropped = 0;
  // Without a listener a reader that goes away (EPIPE) would end the process.
  output.on("error", () => {});
  return {
    write(line) {
      if (output.writableLength > MOST_WAITING_BYTES) {
        dropped += 1;
        onDropped?.();
        return;
      }
      if (dropped > 0) {
        const msg = `${dropped} lines of the log were dropped: nobody read them`;
        const event: EventName = "log.dropped";
        const line = { level: "warn", time: new Date().toISOString(), event, dropped, msg };
        output.write(`${JSON.stringify(line)}\n`);
        dropped = 0;
      }
      output.write(line);
    },
    flush: (done) => {
      output.write("", () => done());
    },
  };
}
