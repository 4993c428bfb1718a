import { readdir, readFile } from "node:fs/promises";

/** The variable that every process which a plugin started inherits, unless it takes care not to. */
export const MARK = "HUBHAND_CHILD";

/** What is found may have started others meanwhile, so it looks again, but not for ever. */
const MOST_ROUNDS = 20;

/**
 * Ends what has left its process group (a daemon of its own, by setsid(2)) and still carries the mark. It reads the
 * environment of all processes (proc_pid_environ(5)), so it is for ends by force, not for every call. Where there is no
 * such folder it finds nothing.
 */
export async function killEscaped(mark: string): Promise<void> {
  for (let round = 0; round < MOST_ROUNDS; round += 1) if (!(await killFound(mark))) return;
}

/** Whether there were any. */
async function killFound(mark: string): Promise<boolean> {
  let found = false;
  const names = await readdir("/proc").catch(() => []);
  const wanted = `\0${MARK}=${mark}\0`;
  for (const name of names) {
    if (!/^\d+$/.test(name)) continue;
    const environment = await readFile(`/proc/${name}/environ`, "latin1").catch(() => "");
    // Not split: it can be megabytes of NUL, and whoever wrote that wants it so.
    if (!`\0${environment}`.includes(wanted)) continue;
    found = true;
    kill(Number(name));
  }
  return found;
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}
