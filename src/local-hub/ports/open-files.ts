import { readFileSync } from "node:fs";

/** Beyond it, what connections take of memory is more than anybody's local hub should have. */
const MOST = 10_000;
/** What the process opens beside the connections of two ports: databases, libraries, its own streams. */
const OTHERS = 100;

/**
 * The most connections that a port takes at once. A process that has opened all the files it may can take nobody any more,
 * and its connections end without a word: so each port takes at most half of them.
 */
export function connectionLimit(): number {
  return Math.max(1, Math.min(MOST, Math.floor((openFileLimit() - OTHERS) / 2)));
}

/** Of this process; Linux tells it (proc_pid_limits(5)), elsewhere Node raises it as far as it goes, which is far. */
function openFileLimit(): number {
  try {
    const [, soft] = /^Max open files +(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8")) ?? [];
    return soft === undefined ? Number.POSITIVE_INFINITY : Number(soft);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
