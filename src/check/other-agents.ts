import { readdir, readlink } from "node:fs/promises";
import path from "node:path";
import { type Check, ok, skipped, warning } from "./check.ts";
import { whoListens } from "./listening.ts";
import type { Subject } from "./subject.ts";

/**
 * Whether another process has files of the state folder open: no two agents can share it. By what Linux tells of the processes
 * of the same user; those in another container are not seen.
 * @param isInside the agent itself asks: it would find itself
 */
export function otherAgentsCheck(subject: Subject, isInside: boolean): Check {
  return {
    id: "other-agents",
    description: "Who has that folder",
    async run() {
      const { state, observe } = subject.config().values;
      if (process.platform !== "linux") return skipped("this system does not tell");
      const holders = await holdersOf(path.resolve(state.directory));
      const [first, second] = holders;
      if (first === undefined) return ok(isInside ? "this agent alone" : "nobody, as far as this user sees");
      if (isInside || second !== undefined)
        return warning(
          `${isInside ? "also " : ""}processes ${holders.join(", ")}: no two agents can share it`,
          "End the others, or give each its own state.directory.",
        );
      const { host, port } = observe;
      if (port === 0 || (await whoListens(host, port)) === "hubhand")
        return ok(`the agent that runs, process ${first}`);
      return warning(
        `process ${first}, which is not the agent of ${host}:${port}: no two agents can share it`,
        "End it before you start another here, or set state.directory. If it is the agent that you mean, give check the flags, files and variables that it runs with.",
      );
    },
  };
}

/** Process ids, this one left out. */
async function holdersOf(directory: string): Promise<number[]> {
  const pids = (await readdir("/proc").catch((): string[] => [])).filter((name) => /^\d+$/.test(name));
  const found: number[] = [];
  for (const pid of pids.map(Number)) {
    if (pid !== process.pid && (await hasOpen(pid, directory))) found.push(pid);
  }
  return found;
}

async function hasOpen(pid: number, directory: string): Promise<boolean> {
  const folder = `/proc/${pid}/fd`;
  // Another user's, or gone meanwhile.
  const names = await readdir(folder).catch((): string[] => []);
  for (const name of names) {
    const target = await readlink(path.join(folder, name)).catch(() => "");
    if (target.startsWith(directory + path.sep)) return true;
  }
  return false;
}
