import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { HubhandError } from "../../errors.ts";
import { ownFile } from "../../own-files.ts";

/** A line of a child's standard output, which is JSON by agreement. */
export type ChildLine = Readonly<Record<string, unknown>>;

export interface ChildOptions {
  /** The verb and its flags. */
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Gets each line of JSON; what is not JSON is passed over. */
  onLine(line: ChildLine): void;
}

export interface Child {
  readonly pid: number;
  /** Resolves when it has ended, to how. */
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** Resolves with the first line that fits; rejects if the child ends before, or after so many milliseconds. */
  waitFor(what: string, fits: (line: ChildLine) => boolean, milliseconds: number): Promise<ChildLine>;
  /** Asks it to stop, and makes it after ten seconds. */
  stop(): Promise<void>;
}

const STOP_LIMIT_MS = 10_000;

/** Runs another verb of this hubhand as a process of its own; its standard error is ours. */
export function startChild({ args, env, onLine }: ChildOptions): Child {
  const child = spawn(process.execPath, [fileURLToPath(ownFile("main")), ...args], {
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = Promise.withResolvers<{ code: number | null; signal: NodeJS.Signals | null }>();
  const watchers = new Set<(line: ChildLine) => void>();
  child.once("exit", (code, signal) => exited.resolve({ code, signal }));
  child.once("error", () => exited.resolve({ code: null, signal: null }));
  createInterface({ input: child.stdout }).on("line", (text) => {
    const line = parseLine(text);
    if (line === undefined) return;
    onLine(line);
    for (const watch of watchers) watch(line);
  });

  return {
    pid: child.pid ?? 0,
    exited: exited.promise,
    async waitFor(what, fits, milliseconds) {
      const found = Promise.withResolvers<ChildLine>();
      const watch = (line: ChildLine): void => {
        if (fits(line)) found.resolve(line);
      };
      const fail = (why: string): void => found.reject(new HubhandError("INTERNAL", `${what}: ${why}`));
      watchers.add(watch);
      const timer = setTimeout(() => fail(`not within ${milliseconds / 1000} s`), milliseconds);
      void exited.promise.then(({ code, signal }) =>
        fail(`"hubhand ${args[0]}" ended with ${signal ?? `exit code ${code}`}`),
      );
      try {
        return await found.promise;
      } finally {
        clearTimeout(timer);
        watchers.delete(watch);
      }
    },
    stop: () => stop(child, exited.promise),
  };
}

async function stop(child: ChildProcess, exited: Promise<unknown>): Promise<void> {
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_LIMIT_MS);
  await exited;
  clearTimeout(timer);
}

function parseLine(text: string): ChildLine | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as ChildLine) : undefined;
  } catch {
    return undefined;
  }
}
