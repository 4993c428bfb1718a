import { readdirSync, readFileSync } from "node:fs";
import { memoryOf } from "./process-figures.ts";

/** Of USER_HZ, which is 100 on every Linux that Node runs on. */
const TICK_MS = 10;

interface Stat {
  readonly parent: number;
  /** Milliseconds, with that of children that have ended and were waited for. */
  readonly time: number;
}

/** Fields 4 and 14 to 17 (proc_pid_stat(5)); undefined if the process is gone. */
function statOf(pid: string): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    const time = fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks) * TICK_MS, 0);
    return { parent: Number(fields[1]), time };
  } catch {
    return undefined;
  }
}

/** A process, what it has started and what that has. */
export function treeOf(root: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync("/proc")) {
    const stat = /^\d+$/.test(name) ? statOf(name) : undefined;
    if (stat !== undefined) parents.set(Number(name), stat.parent);
  }
  const found = [root];
  for (const pid of found) found.push(...[...parents].filter(([, of]) => of === pid).map(([child]) => child));
  return found;
}

/** Milliseconds of processor time of a process and all below it, those that have ended included; exact to 10 ms each. */
export const treeTimeOf = (root: number): number =>
  treeOf(root).reduce((sum, pid) => sum + (statOf(String(pid))?.time ?? 0), 0);

/** Megabytes of a process and all below it, each page that several share counted once. */
export const treeMemoryOf = (root: number): number =>
  treeOf(root).reduce((sum, pid) => sum + memoryOf(pid).proportional, 0);
