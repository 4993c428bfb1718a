import { type Context, createContext, Script } from "node:vm";

/** So often is work that got no processor tried again: on a busy machine time passes, and nothing is done. */
const MOST_ATTEMPTS = 5;
const MICROSECONDS = 1_000;

/** Work was stopped, as it took longer than it may. */
export class TookTooLong extends Error {}

/** Runs work that may take for ever, in this thread, and stops it in the middle when its time is over. */
export type RunBounded = <T>(work: () => T, milliseconds: number) => T;

/**
 * V8 can stop a script wherever it is, also in a regular expression; so the work is called by one. That costs 0.2 ms.
 * The work must hold nothing that would be spoilt by its end.
 * @returns throws TookTooLong, or what the work throws
 */
export function createBoundedRunner(): RunBounded {
  const script = new Script("work()");
  let context: Context | undefined;

  return (work, milliseconds) => {
    context ??= createContext({});
    const since = processorTime();
    for (let attempt = 1; ; attempt += 1) {
      let result: { readonly value: ReturnType<typeof work> } | undefined;
      context.work = () => {
        result = { value: work() };
      };
      try {
        script.runInContext(context, { timeout: milliseconds });
      } catch (error) {
        if (!isTimeOut(error)) throw error;
        const hasWorked = processorTime() - since >= milliseconds / 2;
        if (hasWorked || attempt === MOST_ATTEMPTS)
          throw new TookTooLong(`it took more than ${milliseconds} ms`);
        continue;
      } finally {
        context.work = undefined;
      }
      if (result !== undefined) return result.value;
    }
  };
}

/** Milliseconds that this thread has worked. */
function processorTime(): number {
  const { user, system } = process.threadCpuUsage?.() ?? process.cpuUsage();
  return (user + system) / MICROSECONDS;
}

/** It comes from the script's own context, and is no Error of ours. */
const isTimeOut = (error: unknown): boolean =>
  typeof error === "object" &&
  error !== null &&
  "code" in error &&
  error.code === "ERR_SCRIPT_EXECUTION_TIMEOUT";
