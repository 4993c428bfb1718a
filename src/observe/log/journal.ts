import { fstatSync } from "node:fs";
import type { LineStream } from "./standard-output.ts";

/** syslog(3)'s priorities of our levels, as journald takes them at the beginning of a line (sd-daemon(3)). */
const PRIORITIES: Readonly<Record<string, number>> = {
  ...{ fatal: 2, error: 3, warn: 4 },
  ...{ info: 6, debug: 7, trace: 7 },
};
const INFORMATIONAL = 6;
/** pino writes the level first. */
const LEVEL = /^\{"level":"([a-z]+)"/;

/**
 * Whether journald reads what is written to a descriptor. `stream` is its `JOURNAL_STREAM`, "device:inode" of the socket
 * (systemd.exec(5)); whoever has redirected the output has left the variable there.
 */
export function isJournal(stream: string, descriptor: number): boolean {
  try {
    const { dev, ino } = fstatSync(descriptor);
    return stream === `${dev}:${ino}`;
  } catch {
    return false;
  }
}

/** Each line with its priority, which journald takes off and keeps: `journalctl -p warning` finds it then. */
export function withPriorities(destination: LineStream): LineStream {
  return {
    ...destination,
    write(line) {
      const priority = PRIORITIES[LEVEL.exec(line)?.[1] ?? ""] ?? INFORMATIONAL;
      destination.write(`<${priority}>${line}`);
    },
  };
}
