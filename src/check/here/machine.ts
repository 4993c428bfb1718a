import { readFile } from "node:fs/promises";
import { constrainedMemory } from "node:process";
import { hasOwnNetwork } from "../../container.ts";
import { MEBIBYTE } from "../../sizes.ts";
import { type Check, ok, skipped, warning } from "../check.ts";

/** What the image is measured to work with (docs/deploy/docker.md). */
const LEAST_BYTES = 96 * MEBIBYTE;
/** The link, the HTTP face, SQLite and Node take some forty; each plugin in a process of its own a few more. */
const FEW_FILES = 256;
/** More than any machine has: how the kernel writes that there is no limit. */
const NO_LIMIT = 2 ** 50;

export interface Machine {
  /** Bytes that this process may take, as its cgroup says; undefined if it does not. */
  memoryLimit(): number | undefined;
  /** How many files it may have open; undefined where that is not told. */
  openFiles(): Promise<number | undefined>;
  /** Whether it is a container with a network of its own. */
  hasOwnNetwork(): boolean;
}

/** This one. */
export const thisMachine: Machine = {
  memoryLimit() {
    const limit = constrainedMemory();
    return limit > 0 && limit < NO_LIMIT ? limit : undefined;
  },
  async openFiles() {
    const text = await readFile("/proc/self/limits", "utf8").catch(() => "");
    const [, soft] = /^Max open files\s+(\d+)/m.exec(text) ?? [];
    return soft === undefined ? undefined : Number(soft);
  },
  hasOwnNetwork,
};

/** Limits of the process, as whoever started it set them. */
export function machineChecks(machine: Machine): Check[] {
  return [
    {
      id: "memory",
      description: "Memory that it may take",
      run() {
        const limit = machine.memoryLimit();
        if (limit === undefined) return skipped("no limit is set");
        const told = `${Math.floor(limit / MEBIBYTE)} MiB`;
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
        const limit = await machine.openFiles();
        if (limit === undefined) return skipped("this system does not tell");
        return limit >= FEW_FILES
          ? ok(String(limit))
          : warning(
              `${limit}: connections and plugins may fail for want of them`,
              "Raise it to 1024 (ulimit -n, docker run --ulimit nofile, LimitNOFILE).",
            );
      },
    },
  ];
}
