import { readdirSync, readFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";

/** The variable that every process which a plugin started inherits, unless it takes care not to. */
export const MARK = "HUBHAND_CHILD";

/** What is found may have started others meanwhile, so it looks again, but not for ever. */
const MOST_ROUNDS = 20;

/**
 * Ends what has left its process group (a daemon of its own, by setsid(2)) and still carries one of these marks. It reads
 * the environment of all processes (proc_pid_environ(5)), so it is not for the time that a caller waits. Where there is
 * no such folder it finds nothing.
 */
async function killEscaped(marks: readonly string[]): Promise<void> {
  const carries = carriersOf(marks);
  for (let round = 0; round < MOST_ROUNDS; round += 1) if (!(await killFound(carries))) return;
}

/** Ends what carries one of these marks, as far as it is found; resolves when it was looked for. */
export type EndEscaped = (marks: readonly string[]) => Promise<void>;

/** Those who ask while one look goes on share the next: a hundred programs that end together cost two. */
export function createEscapedHunt(): EndEscaped {
  let last: Promise<void> = Promise.resolve();
  let next: { readonly marks: string[]; readonly look: Promise<void> } | undefined;
  return (marks) => {
    if (next === undefined) {
      const wanted: string[] = [];
      const look = last.then(() => {
        next = undefined;
        return killEscaped(wanted);
      });
      next = { marks: wanted, look };
      last = look;
    }
    next.marks.push(...marks);
    return next.look;
  };
}

/** The same for several, at once and once: when the agent exits, nothing is left to wait with. */
export function killEscapedNow(marks: readonly string[]): void {
  const carries = carriersOf(marks);
  for (const name of processesIn(orElse(() => readdirSync("/proc"), [])))
    if (carries(orElse(() => readFileSync(`/proc/${name}/environ`, "latin1"), ""))) kill(Number(name));
}

const processesIn = (names: readonly string[]): readonly string[] =>
  names.filter((name) => /^\d+$/.test(name));

/** Whether an environment has one of these marks. It is not split: it can be megabytes of NUL, and whoever wrote that wants it so. */
function carriersOf(marks: readonly string[]): (environment: string) => boolean {
  const wanted = marks.map((mark) => `\0${MARK}=${mark}\0`);
  return (environment) => {
    const text = `\0${environment}`;
    return wanted.some((variable) => text.includes(variable));
  };
}

function orElse<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}

/** Whether there were any. */
async function killFound(carries: (environment: string) => boolean): Promise<boolean> {
  let found = false;
  for (const name of processesIn(await readdir("/proc").catch(() => []))) {
    if (!carries(await readFile(`/proc/${name}/environ`, "latin1").catch(() => ""))) continue;
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
