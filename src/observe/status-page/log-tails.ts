import type { LogRing } from "../log-ring.ts";
import type { PluginSection } from "./snapshot.ts";

const MOST_LINES = 20;
const LONGEST_LINE = 500;

type Line = PluginSection["log"][number];

/** The latest lines of the log that are about each plugin. */
export interface LogTails {
  /** Reads what came since the last time. The oldest first. */
  of(plugins: readonly string[]): ReadonlyMap<string, readonly Line[]>;
}

/** Lines are read when somebody looks, each once. */
export function createLogTails(ring: Pick<LogRing, "linesAfter">): LogTails {
  const tails = new Map<string, Line[]>();
  let seen = 0;

  function take(text: string): void {
    // Most lines are of no plugin, and need not be parsed.
    if (!text.includes('"plugin":"')) return;
    const { plugin, time, level, msg } = parsed(text);
    if (typeof plugin !== "string") return;
    const tail = tails.get(plugin) ?? [];
    tails.set(plugin, tail);
    tail.push({ at: String(time), level: String(level), text: String(msg ?? "").slice(0, LONGEST_LINE) });
    if (tail.length > MOST_LINES) tail.shift();
  }

  return {
    of(plugins) {
      const { lines, count } = ring.linesAfter(seen);
      seen = count;
      for (const line of lines) take(line);
      for (const name of tails.keys()) if (!plugins.includes(name)) tails.delete(name);
      return tails;
    },
  };
}

function parsed(line: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return {}; // A plugin's serializer may write what is not JSON.
  }
}
