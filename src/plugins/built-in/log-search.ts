import { LINE_LEVELS } from "../../rules/log-levels.ts";
import type { LinePattern } from "./line-pattern.ts";

/** How long other work waits at most while lines are looked at. */
const SLICE_MS = 5;

export type LogLine = Readonly<Record<string, unknown>>;

export interface LogQuery {
  /** At most so many. */
  readonly tail: number;
  /** Milliseconds since 1970. */
  readonly since?: number | undefined;
  readonly until?: number | undefined;
  /** This and what is more important. */
  readonly level?: string | undefined;
  /** An event, or the part before its dot. */
  readonly event?: string | undefined;
  readonly pattern?: LinePattern | undefined;
}

export interface LogSearch {
  /** The newest first. */
  readonly found: readonly LogLine[];
  /** The search was given up before all lines were looked at. */
  readonly incomplete: boolean;
}

export interface SearchLimits {
  now(): number;
  /** When it is to be given up, by `now`. */
  readonly end: number;
}

/** Looks through the log from its end; lets other work in between, as a search of the whole log may take long. */
export async function searchLog(
  lines: readonly string[],
  query: LogQuery,
  { now, end }: SearchLimits,
): Promise<LogSearch> {
  const found: LogLine[] = [];
  // The first turn is others': what came before took its time too.
  let sliceEnd = Number.NEGATIVE_INFINITY;
  for (const text of lines.toReversed()) {
    if (now() > sliceEnd) {
      if (now() > end) return { found, incomplete: true };
      await new Promise((resolve) => setImmediate(resolve));
      sliceEnd = now() + SLICE_MS;
    }
    const line = parse(text);
    if (!fits(line, query) || query.pattern?.(text) === false) continue;
    found.push(line);
    if (found.length === query.tail) break;
  }
  return { found, incomplete: false };
}

function parse(text: string): LogLine {
  try {
    return JSON.parse(text) as LogLine;
  } catch {
    return { msg: text }; // A plugin's serializer may write what is not JSON; it is still a line.
  }
}

function fits({ time, level, event }: LogLine, query: LogQuery): boolean {
  const at = Date.parse(String(time));
  if (query.since !== undefined && !(at >= query.since)) return false;
  if (query.until !== undefined && !(at <= query.until)) return false;
  if (query.event !== undefined && event !== query.event && !String(event).startsWith(`${query.event}.`))
    return false;
  return query.level === undefined || importance(level) >= importance(query.level);
}

const importance = (level: unknown): number => (LINE_LEVELS as readonly unknown[]).indexOf(level);
