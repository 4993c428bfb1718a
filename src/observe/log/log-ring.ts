import { KIBIBYTE } from "../../sizes.ts";
import { shortenLine } from "./shorten.ts";

/** What one line may take: a stack or a dump must not push all others out. */
const MOST_LINE_BYTES = 16 * KIBIBYTE;

export interface LogRingOptions {
  /** How much of the log is kept, in bytes; 0 keeps nothing. */
  readonly bytes: number;
  /** Applied again when lines are read: a secret may have become known after a line was written. */
  redact(text: string): string;
}

/** The latest lines of the log, in memory. */
export interface LogRing {
  /** Takes a finished line, JSON with its line end. */
  add(line: string): void;
  /** All that are kept, the oldest first, each without its line end. */
  lines(): readonly string[];
  /** Those that came after so many; and how many came in all. Cheap for whoever asks again and again. */
  linesAfter(count: number): { readonly lines: readonly string[]; readonly count: number };
}

/** Keeps the latest lines, so that they can be asked for where nobody collects them. */
export function createLogRing({ bytes, redact }: LogRingOptions): LogRing {
  const kept: { readonly text: string; readonly size: number }[] = [];
  let total = 0;
  let count = 0;
  const mostLine = Math.min(MOST_LINE_BYTES, Math.max(bytes / 2, KIBIBYTE));
  return {
    add(line) {
      const text = shortenLine(line.trimEnd(), mostLine);
      const size = Buffer.byteLength(text);
      kept.push({ text, size });
      total += size;
      count += 1;
      while (total > bytes) total -= kept.shift()?.size ?? total;
    },
    lines: () => kept.map(({ text }) => redact(text)),
    linesAfter(seen) {
      const fresh = Math.min(count - seen, kept.length);
      return { lines: fresh > 0 ? kept.slice(-fresh).map(({ text }) => redact(text)) : [], count };
    },
  };
}
