import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { COMPILE_CACHE } from "../compile-cache.ts";

const LAUNCHER = fileURLToPath(new URL("../../../bin/hubhand.js", import.meta.url));
const WAIT_LIMIT_MS = 60_000;

export type LogLine = Readonly<Record<string, unknown>>;

/** A hubhand that runs as a process of its own, as its users run it. */
export interface HubhandProcess {
  readonly pid: number;
  /** All of standard output so far. */
  readonly output: () => string;
  readonly errors: () => string;
  /** Lines of standard output that are JSON. */
  readonly lines: () => LogLine[];
  /** Resolves with the first line, past or future, that fits. */
  line(what: string, fits: (line: LogLine) => boolean): Promise<LogLine>;
  /** Resolves when standard output holds this text. */
  says(text: string): Promise<void>;
  /** Resolves with the exit code, or the signal's name. */
  readonly exited: Promise<number | string>;
  kill(signal: NodeJS.Signals): void;
}

/**
 * Starts `hubhand <args>`, with nothing of our environment but what a program needs and what is given.
 * @param before a command that runs another, as `nice` does: it must become that (exec), so that the pid is the agent's
 */
export function startHubhand(
  args: readonly string[],
  env: Record<string, string> = {},
  cwd?: string,
  before: readonly string[] = [],
): HubhandProcess {
  const { PATH = "", HOME = "", TMPDIR } = process.env;
  // Agents that share a folder would go by each other's twin.
  const state =
    args[0] === "run" && cwd === undefined ? mkdtempSync(join(tmpdir(), "hubhand-state-")) : undefined;
  const [program = process.execPath, ...rest] = [...before, process.execPath, LAUNCHER, ...args];
  const child = spawn(program, rest, {
    env: {
      PATH,
      HOME,
      ...COMPILE_CACHE,
      ...(TMPDIR === undefined ? {} : { TMPDIR }),
      ...(state === undefined ? {} : { HUBHAND_STATE_DIRECTORY: state }),
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
    ...(cwd === undefined ? {} : { cwd }),
  });
  let output = "";
  let errors = "";
  const watchers = new Set<() => void>();
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
    for (const watch of watchers) watch();
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  const exited = once(child, "close").then(([code, signal]: (number | string | null)[]) => {
    if (state !== undefined) rmSync(state, { recursive: true, force: true });
    return code ?? signal ?? "unknown";
  });

  const lines = (): LogLine[] =>
    output.split("\n").flatMap((text) => {
      try {
        const value: unknown = JSON.parse(text);
        return typeof value === "object" && value !== null ? [value as LogLine] : [];
      } catch {
        return []; // Not a line of the log, or one that is not complete yet.
      }
    });

  function until<T>(what: string, look: () => T | undefined): Promise<T> {
    const found = Promise.withResolvers<T>();
    const fail = (why: string) =>
      found.reject(new Error(`${what}: ${why}\n--- output\n${output}\n--- errors\n${errors}`));
    const watch = () => {
      const value = look();
      if (value !== undefined) found.resolve(value);
    };
    const timer = setTimeout(() => fail(`not within ${WAIT_LIMIT_MS} ms`), WAIT_LIMIT_MS);
    watchers.add(watch);
    void exited.then((how) => {
      watch();
      fail(`the process ended with ${how}`);
    });
    watch();
    return found.promise.finally(() => {
      clearTimeout(timer);
      watchers.delete(watch);
    });
  }

  return {
    pid: child.pid ?? 0,
    output: () => output,
    errors: () => errors,
    lines,
    line: (what, fits) => until(what, () => lines().find(fits)),
    says: async (text) => {
      await until(`"${text}"`, () => output.includes(text) || undefined);
    },
    exited,
    kill: (signal) => child.kill(signal),
  };
}

/** Whether a process of that id is there (a zombie is not). */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
