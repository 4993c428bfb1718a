/** What one line may take: a stack or a dump must not push all others out. */
const MOST_LINE_CHARACTERS = 16 * 1024;

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
  return {
    add(line) {
      const text = shortened(line.trimEnd());
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

/** A long line's time, level and the beginning of its message; still JSON. */
function shortened(line: string): string {
  if (line.length <= MOST_LINE_CHARACTERS) return line;
  const { level, time, msg } = parseLine(line);
  const beginning = typeof msg === "string" ? msg.slice(0, MOST_LINE_CHARACTERS / 4) : undefined;
  return JSON.stringify({ level, time, msg: beginning, shortened: true });
}

function parseLine(line: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return { msg: line }; // A plugin's serializer may write what is not JSON.
  }
}
