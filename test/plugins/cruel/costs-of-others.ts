import { readdirSync, readFileSync } from "node:fs";

/** What the system counts of a thread, in milliseconds (Linux, Documentation/scheduler/sched-stats). */
interface Counts {
  readonly ran: number;
  /** Ready to run while others ran. */
  readonly waited: number;
}

const NOTHING: Counts = { ran: 0, waited: 0 };

/**
 * How much of the time that the agent and this thread take for something is the cost of what else runs on this machine.
 * @param pid the agent
 * @returns asked when it is over, how many of the milliseconds that it took were not theirs
 */
export function costsOfOthers(pid: number): (took: number) => number {
  const before = look(pid);
  return (took) => {
    const after = look(pid);
    const since = (task: string): Counts => {
      const { ran, waited } = before.get(task) ?? NOTHING;
      const now = after.get(task) ?? NOTHING;
      return { ran: now.ran - ran, waited: now.waited - waited };
    };
    const { ran, waited } = since(mainOf(pid));
    // While the agent's thread did not want to run, it may have waited for one that wanted to and could not: for a lock
    // that this held. Where it was held by work, that is no excuse.
    const rested = Math.max(0, took - ran - waited);
    const others = [...after.keys()].filter((task) => task !== mainOf(pid) && task !== OURS);
    const longest = Math.max(0, ...others.map((task) => since(task).waited));
    return waited + since(OURS).waited + Math.min(rested, longest);
  };
}

const OURS = "/proc/thread-self";
const mainOf = (pid: number): string => `/proc/${pid}/task/${pid}`;

function look(pid: number): ReadonlyMap<string, Counts> {
  const tasks = orElse(() => readdirSync(`/proc/${pid}/task`), []).map((task) => `/proc/${pid}/task/${task}`);
  return new Map([OURS, ...tasks].map((task) => [task, countsOf(task)]));
}

function countsOf(task: string): Counts {
  const [ran, waited] = orElse(() => readFileSync(`${task}/schedstat`, "utf8"), "0 0").split(" ");
  return { ran: Number(ran) / 1e6, waited: Number(waited) / 1e6 };
}

/** A thread may have ended meanwhile; elsewhere than on Linux there is no such folder. */
function orElse<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}
