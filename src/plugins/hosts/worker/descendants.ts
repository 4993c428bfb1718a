import { readdirSync, readFileSync } from "node:fs";

/**
 * The processes that a thread has started, and those that these have started: `/proc/self/task/<tid>/children`
 * (proc_pid_task(5)). None where the system does not say: then what a plugin started outlives it.
 * @param task as `/proc/thread-self` says it: `123/task/456`
 */
export function descendantsOf(task: string): readonly number[] {
  const children = childrenOf(task);
  return children.flatMap((pid) => [pid, ...tasksOf(pid).flatMap(descendantsOf)]);
}

function childrenOf(task: string): readonly number[] {
  try {
    const text = readFileSync(`/proc/${task}/children`, "utf8");
    return text
      .split(" ")
      .map(Number)
      .filter((pid) => pid > 0);
  } catch {
    return [];
  }
}

function tasksOf(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map((tid) => `${pid}/task/${tid}`);
  } catch {
    return [];
  }
}

/** Ends processes by force; those that are gone already are well. */
export function killAll(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has ended by itself, or is another user's by now.
    }
  }
}
