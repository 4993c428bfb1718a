import { readFileSync } from "node:fs";

/** Memory of a container, as the kernel counts it against its limit. */
export interface GroupMemory {
  /** Bytes that were ever charged at once, files that are only kept for speed included. */
  readonly peak: number;
  /** Bytes that no file stands behind: what cannot be thrown away. */
  readonly anonymous: number;
  /** How often something had to be thrown away because the limit was reached. */
  readonly atLimit: number;
  /** Processes that the kernel ended for want of memory. */
  readonly killed: number;
  /** Pages that were read from the disk again. */
  readonly majorFaults: number;
}

const COUNTER = (text: string, key: string): number =>
  Number(new RegExp(`^${key} (\\d+)$`, "m").exec(text)?.[1] ?? Number.NaN);

/** Of the group that a process is in; both versions of control groups. */
export function groupMemoryOf(pid: number): () => GroupMemory {
  const groups = readFileSync(`/proc/${pid}/cgroup`, "utf8");
  const first = /^\d+:memory:(.*)$/m.exec(groups)?.[1];
  const second = /^0::(.*)$/m.exec(groups)?.[1];
  const folder = first === undefined ? `/sys/fs/cgroup${second}` : `/sys/fs/cgroup/memory${first}`;
  const read = (file: string): string => readFileSync(`${folder}/${file}`, "utf8");
  if (first === undefined)
    return () => ({
      peak: Number(read("memory.peak")),
      anonymous: COUNTER(read("memory.stat"), "anon"),
      atLimit: COUNTER(read("memory.events"), "max"),
      killed: COUNTER(read("memory.events"), "oom_kill"),
      majorFaults: COUNTER(read("memory.stat"), "pgmajfault"),
    });
  return () => ({
    peak: Number(read("memory.max_usage_in_bytes")),
    anonymous: COUNTER(read("memory.stat"), "total_rss"),
    atLimit: Number(read("memory.failcnt")),
    killed: COUNTER(read("memory.oom_control"), "oom_kill"),
    majorFaults: COUNTER(read("memory.stat"), "total_pgmajfault"),
  });
}
