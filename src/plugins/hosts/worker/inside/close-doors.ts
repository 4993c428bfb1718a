import { syncBuiltinESMExports } from "node:module";
import type * as Threads from "node:worker_threads";

/**
 * Takes from the plugin what reaches out of its thread without meaning to: what ends or asks the whole process, and
 * the ways to the agent that are not ours. It is a fence, no wall: code that means harm belongs in a process of its own.
 */
export function closeDoors(): void {
  const threads = process.getBuiltinModule("node:worker_threads") as Record<string, unknown> & typeof Threads;
  threads.parentPort?.close();
  Object.assign(threads, {
    parentPort: null,
    workerData: null,
    postMessageToThread: refuse("postMessageToThread"),
  });
  // Through it one could stop the agent's own thread at a line, and read all that it knows.
  Object.assign(process.getBuiltinModule("node:inspector")?.Session.prototype ?? {}, {
    connectToMainThread: refuse("inspector.Session.connectToMainThread"),
  });
  // V8's flags are those of all threads.
  Object.assign(process.getBuiltinModule("node:v8"), { setFlagsFromString: refuse("v8.setFlagsFromString") });
  syncBuiltinESMExports();

  // All of process.kill goes through it.
  const { _kill: kill } = process as unknown as { _kill(pid: number, signal: number): number };
  Object.assign(process, {
    // To itself it means the agent: none of its signals is a plugin's to send. What it has started it may end.
    _kill(pid: number, signal: number) {
      if (signal !== 0 && isOurs(pid)) refuse("process.kill of the agent")();
      return kill(pid, signal);
    },
  });
  // It holds the environment of the whole process.
  Object.defineProperty(process, "report", { value: undefined });
}

/** The agent, its group, or all there are. */
const isOurs = (pid: number): boolean => [process.pid, -process.pid, 0, -1].includes(pid);

const refuse = (what: string) => (): never => {
  throw new Error(`a plugin may not do that (${what})`);
};
