import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** Of util-linux, which Debian and its like always have. */
const TOOLS = ["/usr/bin/setpriv", "/bin/setpriv"];
const FLAGS = ["--pdeathsig", "KILL"];

/**
 * Looks for what starts a program so that the kernel ends it when the agent is gone, however that has ended
 * (PR_SET_PDEATHSIG of prctl(2)): one that spins would not see it, and go on for ever. Node has no call for it.
 * @returns what to put before the program and its arguments; nothing where there is no such tool
 */
export async function findDeathSignal(): Promise<readonly string[]> {
  for (const tool of TOOLS) {
    try {
      // Other makers' setpriv does not know the flag.
      await promisify(execFile)(tool, [...FLAGS, "true"]);
      return [tool, ...FLAGS];
    } catch {
      // It is not there, or cannot do it.
    }
  }
  return [];
}
