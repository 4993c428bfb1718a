import type { LogRing } from "../log/log-ring.ts";
import type { PluginSection } from "./snapshot.ts";

const MOST_LINES = 20;
const LONGEST_LINE = 500;

/** Each call has these; in a tail of a few lines they would leave no room for what its plugin says. */
const LEFT_OUT: readonly unknown[] = ["call.arrived", "call.answered"];

type Line = PluginSection["log"][number];

/** The latest lines of the log that are about each plugin. */
export interface LogTails {
  /**
   * Reads what came since the last time. The oldest line first.
   * @param pluginOf whose method that is
   */
  of(
    plugins: readonly string[],
    pluginOf: (method: string) => string | undefined,
  ): ReadonlyMap<string, Line[]>;
}

/** Lines are read when somebody looks, each once. */
export function createLogTails(ring: Pick<LogRing, "linesAfter">): LogTails {
  const tails = new Map<string, Line[]>();
  let seen = 0;

  function take(text: string, pluginOf: (method: string) => string | undefined): void {
    // Others are of no plugin, and need not be parsed.
    if (!/"(?:plugin|method|task)":"/.test(text)) return;
    const { plugin, method, task, event, time, level, msg = "" } = parsed(text);
    if (LEFT_OUT.includes(event)) return;
    const name = plugin ?? pluginOf(String(method)) ?? String(task).split("/", 1)[0];
    if (typeof name !== "string") return;
    const tail = tails.get(name) ?? [];
    tails.set(name, tail);
    tail.push({ at: String(time), level: String(level), text: String(msg).slice(0, LONGEST_LINE) });
    if (tail.length > MOST_LINES) tail.shift();
  }

  return {
    of(plugins, pluginOf) {
      const { lines, count } = ring.linesAfter(seen);
      seen = count;
      for (const line of lines) take(line, pluginOf);
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
