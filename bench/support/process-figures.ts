import { readdirSync, readFileSync } from "node:fs";

/** Memory of a process in MB (10^6 bytes), as the kernel counts it. */
export interface MemoryFigures {
  readonly resident: number;
  /** What no file stands behind. */
  readonly anonymous: number;
  /** What goes when the process goes: nobody else has it mapped. */
  readonly unique: number;
  /** Each page that several share counted in part for each. */
  readonly proportional: number;
  readonly highWater: number;
}

/** Milliseconds of processor time that all threads of a process have had so far, those that have ended left out. */
export function processorTimeOf(pid: number): number {
  let nanoseconds = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const [ran = "0"] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ");
    nanoseconds += Number(ran);
  }
  return nanoseconds / 1e6;
}

/** @throws Error if the process is not there, or not ours */
export function memoryOf(pid: number): MemoryFigures {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const megabytes = (text: string, key: string): number =>
    (Number(new RegExp(`^${key}:\\s+(\\d+) kB`, "m").exec(text)?.[1] ?? Number.NaN) * 1024) / 1e6;
  return {
    resident: megabytes(rollup, "Rss"),
    anonymous: megabytes(rollup, "Anonymous"),
    unique: megabytes(rollup, "Private_Clean") + megabytes(rollup, "Private_Dirty"),
    proportional: megabytes(rollup, "Pss"),
    highWater: megabytes(status, "VmHWM"),
  };
}
