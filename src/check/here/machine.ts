import { readFile } from "node:fs/promises";
import { constrainedMemory } from "node:process";
import { hasOwnNetwork } from "../../container.ts";
import { MEBIBYTE } from "../../sizes.ts";
import { type Check, ok, skipped, warning } from "../check.ts";
import type { Subject } from "../subject.ts";
import { isLimit, memoryLimitOf } from "./memory-limit.ts";
import { runningAgent } from "./running-agent.ts";

/** What the image is measured to work with (docs/deploy/docker.md). */
const LEAST_BYTES = 96 * MEBIBYTE;
/** The link, the HTTP face, SQLite and Node take some forty; each plugin in a process of its own a few more. */
const FEW_FILES = 256;

export interface Machine {
  /** Bytes that a process, or this one, may take, as its cgroup says; undefined if it does not. */
  memoryLimit(pid?: number): Promise<number | undefined>;
  /** How many files it may have open; undefined where that is not told. */
  openFiles(pid?: number): Promise<number | undefined>;
  /** Whether it is a container with a network of its own. */
  hasOwnNetwork(): boolean;
}

/** This one. */
export const thisMachine: Machine = {
  async memoryLimit(pid) {
    if (pid !== undefined && !(await sharesGroups(pid))) return memoryLimitOf(pid);
    const limit = constrainedMemory();
    return isLimit(limit) ? limit : undefined;
  },
  async openFiles(pid) {
    const text = await readFile(`/proc/${pid ?? "self"}/limits`, "utf8").catch(() => "");
    const [, soft] = /^Max open files\s+(\d+)/m.exec(text) ?? [];
    return soft === undefined ? undefined : Number(soft);
  },
  hasOwnNetwork,
};

/** As beside an agent in its container, where Node knows more ways to its limit. */
async function sharesGroups(pid: number): Promise<boolean> {
  const [own, its] = await Promise.all(
    ["self", pid].map((each) => readFile(`/proc/${each}/cgroup`, "utf8").catch(() => "")),
  );
  return own === its;
}

/**
 * Limits of the agent that runs, as whoever started it set them; of this process where none is seen, or it is the agent itself.
 */
export function machineChecks(subject: Subject, machine: Machine, isInside: boolean): Check[] {
  const agent = async () => (isInside ? undefined : runningAgent(subject));
  const whose = (pid: number | undefined) =>
    pid === undefined ? "" : `, for the agent that runs (process ${pid})`;
  return [
    {
      id: "memory",
      description: "Memory that it may take",
      async run() {
        const pid = await agent();
        const limit = await machine.memoryLimit(pid);
        if (limit === undefined) return skipped(`no limit is set${whose(pid)}`);
        const told = `${Math.floor(limit / MEBIBYTE)} MiB${whose(pid)}`;
        return limit >= LEAST_BYTES
          ? ok(told)
          : warning(
              `${told}: it may be killed when it is busy`,
              "Give it 96 MiB at least (docker run --memory, deploy.resources.limits, MemoryMax), and more with many plugins.",
            );
      },
    },
    {
      id: "open-files",
      description: "Files that it may open",
      async run() {
        const pid = await agent();
        const limit = await machine.openFiles(pid);
        if (limit === undefined) return skipped("this system does not tell");
        return limit >= FEW_FILES
          ? ok(`${limit}${whose(pid)}`)
          : warning(
              `${limit}${whose(pid)}: connections and plugins may fail for want of them`,
              "Raise it to 1024 (ulimit -n, docker run --ulimit nofile, LimitNOFILE).",
            );
      },
    },
  ];
}
