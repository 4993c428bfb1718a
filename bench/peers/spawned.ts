import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, constants, openSync } from "node:fs";
import path from "node:path";
import type { Command } from "./contenders/contender.ts";

/** What is kept of what it said last, for whoever asks why it ended. */
const TAIL_CHARACTERS = 2000;
const INSPECTOR = /^Debugger listening on (ws:\S+)$/m;

/** A contender's process. */
export interface Spawned {
  readonly pid: number;
  readonly inspectorUrl: string | undefined;
  /** What is promised, unless the process ends first or the time is over. @throws Error with what it said last */
  orFailed<T>(promised: Promise<T>, milliseconds: number): Promise<T>;
  kill(): void;
  /** Kills it, and resolves when it is gone. */
  stop(): Promise<void>;
}

export interface SpawnOptions {
  /** Words before the command. */
  readonly before: readonly string[];
  /** Arguments before all others. */
  readonly nodeArgs: readonly string[];
  readonly cwd: string;
}

/**
 * A pipe, as a container's standard output is (Node would make a socket), and who reads it at little cost.
 * @returns its end for the writer, to be closed when he has it, and the last that was written, once it is closed
 */
function openPipe(folder: string) {
  const file = path.join(folder, "standard-output");
  execFileSync("mkfifo", [file]);
  // For both ways, as it would wait for a reader otherwise.
  const writeEnd = openSync(file, constants.O_RDWR);
  const reader = spawn("tail", ["-c", String(TAIL_CHARACTERS), file], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let last = "";
  reader.stdout.setEncoding("utf8").on("data", (text: string) => {
    last += text;
  });
  return { writeEnd, last: once(reader, "close").then(() => last) };
}

/** Starts a contender with an environment of its own and pipes that are read, as a container's are. */
export function spawnContender(
  name: string,
  { file, args, env }: Command,
  { before, nodeArgs, cwd }: SpawnOptions,
): Spawned {
  const [program = file, ...rest] = [...before, file, ...nodeArgs, ...args];
  const pipe = openPipe(cwd);
  const child = spawn(program, rest, {
    env: { PATH: process.env.PATH, HOME: cwd, ...env },
    stdio: ["ignore", pipe.writeEnd, "pipe"],
    cwd,
  });
  closeSync(pipe.writeEnd);
  let last: Buffer | undefined;
  let inspectorUrl: string | undefined;
  child.stderr?.on("data", (bytes: Buffer) => {
    last = bytes;
    inspectorUrl ??= INSPECTOR.exec(bytes.toString())?.[1];
  });
  const told = (): string => last?.toString().slice(-TAIL_CHARACTERS) ?? "it said nothing";
  const exited = once(child, "close");
  const ended = exited.then(async ([code, signal]) => {
    throw new Error(`${name} ended with ${code ?? signal}: ${told()} ${await pipe.last}`);
  });
  ended.catch(() => {});
  const kill = () => child.kill("SIGKILL");

  return {
    pid: child.pid ?? 0,
    get inspectorUrl() {
      return inspectorUrl;
    },
    async orFailed(promised, milliseconds) {
      const late = Promise.withResolvers<never>();
      const timer = setTimeout(
        () => late.reject(new Error(`${name} did not answer within ${milliseconds} ms: ${told()}`)),
        milliseconds,
      );
      try {
        return await Promise.race([promised, ended, late.promise]);
      } finally {
        clearTimeout(timer);
      }
    },
    kill,
    async stop() {
      kill();
      await exited;
    },
  };
}
