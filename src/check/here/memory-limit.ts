import { readFile } from "node:fs/promises";
import path from "node:path";

/** More than any machine has: how the kernel writes that there is no limit. */
const NO_LIMIT = 2 ** 50;

export const isLimit = (bytes: number): boolean => bytes > 0 && bytes < NO_LIMIT;

/** Where the kernel tells; tests have a place of their own. */
export interface KernelFiles {
  readonly proc: string;
  readonly groups: string;
}

const KERNEL: KernelFiles = { proc: "/proc", groups: "/sys/fs/cgroup" };

/**
 * Bytes that the control group of another process may take, or one above it; the least counts. Undefined if none is set, or
 * it cannot be seen from here.
 * @see cgroups(7): version 2 has one tree (`0::/system.slice/x.service`), version 1 one for memory (`4:memory:/x`)
 */
export async function memoryLimitOf(
  pid: number,
  { proc, groups }: KernelFiles = KERNEL,
): Promise<number | undefined> {
  const text = await readFile(`${proc}/${pid}/cgroup`, "utf8").catch(() => "");
  const memory = /^\d+:(?:\w+,)*memory(?:,\w+)*:(\/.*)$/m.exec(text)?.[1];
  const unified = /^0::(\/.*)$/m.exec(text)?.[1];
  const limits =
    memory === undefined
      ? await limitsUpTo(groups, unified ?? "/", "memory.max")
      : await limitsUpTo(path.join(groups, "memory"), memory, "memory.limit_in_bytes");
  return limits.length === 0 ? undefined : Math.min(...limits);
}

/** Of a group and of those above it; a path with `..` leads out of what can be seen here. */
async function limitsUpTo(root: string, group: string, file: string): Promise<number[]> {
  const limits: number[] = [];
  if (group.split("/").includes("..")) return limits;
  for (let at = group; ; at = path.dirname(at)) {
    const limit = Number.parseInt(await readFile(path.join(root, at, file), "utf8").catch(() => ""), 10);
    if (isLimit(limit)) limits.push(limit);
    if (at === "/") return limits;
  }
}
