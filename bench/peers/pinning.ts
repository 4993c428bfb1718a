import { spawn, spawnSync } from "node:child_process";
import { availableParallelism } from "node:os";

/** The contender has this processor for itself. */
const CONTENDER = "1";

/** Which processor is whose. */
export interface Pinning {
  /** What comes before a contender's command. */
  readonly before: readonly string[];
  /** The processors of all else, as taskset has them. */
  readonly others: string;
}

/** @returns undefined where there are not two processors, or no taskset: figures are then those of a shared one */
export function pinning(): Pinning | undefined {
  const last = availableParallelism() - 1;
  if (last < 1 || spawnSync("taskset", ["-c", CONTENDER, "true"]).status !== 0) return undefined;
  return { before: ["taskset", "-c", CONTENDER], others: last === 1 ? "0" : `0,2-${last}` };
}

/** Moves this process, with its threads, to these processors. */
export function moveTo(processors: string): void {
  spawnSync("taskset", ["--all-tasks", "--cpu-list", "--pid", processors, String(process.pid)]);
}

/**
 * Keeps all processors from falling asleep, by work that gives way to any other (SCHED_IDLE). To wake one takes a virtual
 * machine 100 µs: with calls one at a time that is most of what would be measured, whoever answers them.
 * @returns what ends it, or undefined where the system has no chrt
 */
export function keepAwake(): (() => void) | undefined {
  if (spawnSync("chrt", ["--idle", "0", "true"]).status !== 0) return undefined;
  const spinning = Array.from({ length: availableParallelism() }, (_, index) =>
    spawn("chrt", ["--idle", "0", "taskset", "-c", String(index), "sh", "-c", "while :; do :; done"], {
      stdio: "ignore",
    }),
  );
  const end = (): void => {
    for (const each of spinning) each.kill("SIGKILL");
  };
  process.once("exit", end);
  return () => {
    process.off("exit", end);
    end();
  };
}
