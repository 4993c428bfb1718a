import { readFile } from "node:fs/promises";
import { lastRunner } from "../../agent/boot-file.ts";
import type { Subject } from "../subject.ts";

/**
 * The process of the agent that runs on the state folder, by the id that the last one wrote there; undefined if there is none,
 * if it is this process, or if it cannot be seen from here, as one in another container. Never rejects.
 */
export async function runningAgent(subject: Subject): Promise<number | undefined> {
  if (subject.configProblem() !== undefined) return undefined;
  const pid = await lastRunner(subject.config().values.state.directory);
  return pid !== undefined && pid !== process.pid && (await isAgent(pid)) ? pid : undefined;
}

/** Whether there is such a process, and it looks like an agent: numbers are used again. */
async function isAgent(pid: number): Promise<boolean> {
  const words = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
  return words.split("\0").includes("run");
}
