import { KIBIBYTE } from "../../sizes.ts";
import { createLineQueue, type LineQueue } from "./line-queue.ts";
import { shortenLine } from "./shorten.ts";

/** What one line may take: a stack or a dump must not push all others out. */
const MOST_LINE_BYTES = 16 * KIBIBYTE;
/** hubhand's parts are a dozen; what authors call their events must not grow without end. */
const MOST_KINDS = 48;
const OTHERS = "others";

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

/**
 * Keeps the latest lines, so that they can be asked for where nobody collects them. Of the kind that takes the most
 * room the oldest goes: neither a busy method nor a plugin that talks pushes out when the link was lost.
 */
export function createLogRing({ bytes, redact }: LogRingOptions): LogRing {
  /** Lines of one kind each. */
  const kinds = new Map<string, LineQueue>();
  let total = 0;
  let count = 0;
  const mostLine = Math.min(MOST_LINE_BYTES, Math.max(bytes / 2, KIBIBYTE));

  function kindOf(line: string): LineQueue {
    const name = kindIn(line);
    const known = kinds.get(name) ?? (kinds.size < MOST_KINDS ? undefined : kinds.get(OTHERS));
    if (known !== undefined) return known;
    const kind = createLineQueue();
    kinds.set(kinds.size < MOST_KINDS - 1 ? name : OTHERS, kind);
    return kind;
  }

  /** The line that has just come goes last. */
  function dropOne(latest: LineQueue): void {
    let largest: LineQueue | undefined;
    for (const kind of kinds.values()) {
      const others = kind.count - (kind === latest ? 1 : 0);
      if (others > 0 && kind.bytes > (largest?.bytes ?? 0)) largest = kind;
    }
    total -= (largest ?? latest).shift();
  }

  const since = (number: number): string[] =>
    [...kinds.values()]
      .flatMap((kind) => kind.from(number))
      .sort((a, b) => a.number - b.number)
      .map(({ text }) => redact(text));

  return {
    add(line) {
      const text = shortenLine(line.trimEnd(), mostLine);
      const size = Buffer.byteLength(text);
      const kind = kindOf(text);
      kind.push(text, size, count);
      total += size;
      count += 1;
      while (total > bytes) dropOne(kind);
    },
    lines: () => since(0),
    linesAfter: (seen) => ({ lines: seen < count ? since(seen) : [], count }),
  };
}

/** What a line is of: a part of hubhand, by its event; else the plugin that wrote it. */
function kindIn(line: string): string {
  const [, part] = /"event":"([a-z]+)\./.exec(line) ?? [];
  return part ?? /"plugin":"([^"]*)"/.exec(line)?.[0] ?? "";
}
