import { writeFile } from "node:fs/promises";
import { setPriority } from "node:os";

/** From -20 to 19; the agent has 0, if nobody said otherwise. */
const NICE = 10;

/**
 * Sees that a plugin's process, and all that it starts, comes after the agent: calls of others must be answered while
 * it computes. For a program that has just been started.
 */
export function giveWay(pid: number): void {
  try {
    setPriority(pid, NICE);
  } catch {
    // It has ended, or it is not allowed here: then it is as important as the agent.
  }
}

/** If memory runs out, the system should end the plugin and not the agent (proc_pid_oom_score_adj(5)). */
export async function endFirst(pid: number | undefined): Promise<void> {
  await writeFile(`/proc/${pid}/oom_score_adj`, "1000").catch(() => {});
}
