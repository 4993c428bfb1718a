import { realpathSync } from "node:fs";
import { pathToFileURL } from "node:url";
import type { Logger } from "../../events/logger.ts";

export interface ProcessGuard {
  /** Ends the process; `process.exit` does not any more. */
  exit(code: number): never;
  /** Resolves when something went wrong in hubhand itself: what it knows may be wrong, and a fresh start is not. */
  readonly failed: Promise<"fault">;
}

export interface GuardOptions {
  readonly logger: Logger;
  readonly pluginsDirectory: string;
  /** Whether plugins' threads have not ended yet. */
  hasThreads?(): boolean;
  /** Ends what would outlive the process. */
  beforeExit?(): void;
}

/**
 * Decides about errors that nobody caught. One that comes from a plugin's file (a timer of it, a forgotten promise)
 * is logged, and the agent goes on: its link and the other plugins have no part in it. So is one that comes from no
 * file at all, as of a socket or stream that a plugin left without an error listener: hubhand listens to its own.
 * Any other ends the process in order, so that Docker or systemd starts a fresh one. From now on `process.exit` throws:
 * only hubhand ends this process.
 */
export function guardProcess({
  logger,
  pluginsDirectory,
  hasThreads = () => false,
  beforeExit = () => {},
}: GuardOptions): ProcessGuard {
  const failed = Promise.withResolvers<"fault">();
  const folders = folderInStacks(pluginsDirectory);
  let faulty = false;

  const judge = (error: unknown, kind: string): void => {
    const stack = stackOf(error);
    if (folders.some((folder) => stack.includes(folder))) {
      logger.error(
        { event: "plugin.uncaught", err: error, kind },
        "a plugin threw where nobody could catch it; the agent goes on",
      );
    } else if (!A_FILE.test(stack)) {
      logger.error(
        { event: "plugin.uncaught", err: error, kind },
        "an error that nobody caught, of a plugin by all signs; the agent goes on",
      );
    } else if (!faulty) {
      // Once, and told last: it may be the log itself that fails.
      faulty = true;
      failed.resolve("fault");
      logger.fatal(
        { event: "agent.fault", err: error, kind },
        "an internal fault; the agent stops, to be started afresh",
      );
    }
  };
  process.on("uncaughtException", (error) => judge(error, "uncaughtException"));
  process.on("unhandledRejection", (reason) => judge(reason, "unhandledRejection"));
  const exitWhenAllEnd = process.exit.bind(process);
  const exit = (code: number): never => {
    beforeExit();
    if (hasThreads()) exitAtOnce(code);
    return exitWhenAllEnd(code);
  };
  // A plugin that ends the process would end the link and the other plugins with it, and call it success.
  process.exit = () => {
    throw new Error("a plugin may not end the agent (process.exit)");
  };
  return { failed: failed.promise, exit };
}

/**
 * `process.exit` waits for all threads, for ever for one that is stuck in a system call. Another program in this one's
 * place ends them all (execve(2)); it does nothing but exit. Where there is no such call, it has to be waited.
 */
function exitAtOnce(code: number): void {
  try {
    process.execve?.(process.execPath, [process.execPath, "-e", `process.exit(${code})`], {});
  } catch {
    // The other way is left.
  }
}

/** A frame of a file: `at f (file:///a.ts:1:2)`, `at /a.cjs:1:2`; Node's own are `node:net:1:2`. */
const A_FILE = /^\s+at .*(?:file:\/\/|[\s(]\/|[\s(][A-Za-z]:\\)/m;

/** hubhand throws Errors only: what has no stack to read was thrown by a plugin. */
function stackOf(error: unknown): string {
  try {
    return error instanceof Error ? String(error.stack) : "";
  } catch {
    return "";
  }
}

/** A folder as it stands in stack traces, links resolved: as a URL for ES modules, as a path for CommonJS. */
function folderInStacks(directory: string): string[] {
  let real = directory;
  try {
    real = realpathSync(directory);
  } catch {
    // It is not there; then nothing comes from it either.
  }
  return [`${pathToFileURL(real).href}/`, ` ${real}/`, `(${real}/`];
}
