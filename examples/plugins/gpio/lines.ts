import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { access, constants } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";

export interface Line {
  offset: number;
  direction: "in" | "out";
  activeLow: boolean;
  bias?: "pull-up" | "pull-down";
}

/** This machine cannot do it; the message says why, and what would help. */
export class Unavailable extends Error {}

export interface Lines {
  set(line: Line, on: boolean, signal: AbortSignal): Promise<void>;
  /** Undefined for an output that was not switched yet. */
  get(line: Line, signal: AbortSignal): Promise<boolean | undefined>;
  /** Lets go of all outputs. */
  release(): Promise<void>;
}

export interface LinesOptions {
  readonly chip: string;
  /** An output is no longer held, and nobody asked for that. */
  onLost(message: string): void;
}

/** An output is as it was set only while a process holds it (libgpiod's own remark): this is that process. */
interface Held {
  readonly on: boolean;
  readonly child: ChildProcess;
}

/** Version 1 says nothing when it has the line. If it is not gone by then, it has it. */
const SETTLED_MS = 200;

export function createLines({ chip, onLost }: LinesOptions): Lines {
  const held = new Map<number, Held>();

  async function release(offset: number): Promise<void> {
    const holder = held.get(offset);
    held.delete(offset);
    if (holder === undefined || holder.child.exitCode !== null || holder.child.signalCode !== null) return;
    const ended = once(holder.child, "exit");
    holder.child.kill();
    await ended;
  }

  return {
    async set(line, on, signal) {
      if (held.get(line.offset)?.on === on) return;
      const version = await versionOf("gpioset", chip, signal);
      await release(line.offset); // The kernel gives a line to one process at a time.
      signal.throwIfAborted();
      const flags = version === 1 ? ["--mode=signal"] : ["--banner"];
      const child = spawn(
        "gpioset",
        [...flags, ...lineFlags(version, chip, line), `${line.offset}=${on ? 1 : 0}`],
        {
          stdio: ["ignore", "pipe", "pipe"],
        },
      );
      await started(child, version, signal);
      held.set(line.offset, { on, child });
      child.once("exit", (code, killedBy) => {
        if (held.get(line.offset)?.child !== child) return;
        held.delete(line.offset);
        onLost(`gpioset ended (${killedBy ?? code}): line ${line.offset} is no longer held`);
      });
    },
    async get(line, signal) {
      // Reading would make an input of it.
      if (line.direction === "out") return held.get(line.offset)?.on;
      const version = await versionOf("gpioget", chip, signal);
      const flags = version === 1 ? [] : ["--numeric"];
      const args = [...flags, ...lineFlags(version, chip, line), String(line.offset)];
      return (await run("gpioget", args, signal)).trim() === "1";
    },
    async release() {
      await Promise.all([...held.keys()].map(release));
    },
  };
}

function lineFlags(version: number, chip: string, { activeLow, bias }: Line): string[] {
  const flags = [...(activeLow ? ["--active-low"] : []), ...(bias === undefined ? [] : [`--bias=${bias}`])];
  return version === 1 ? [...flags, chip] : [...flags, `--chip=${chip}`];
}

/** Which libgpiod this is, and that there is a chip for it. */
async function versionOf(program: string, chip: string, signal: AbortSignal): Promise<number> {
  const text = await run(program, ["--version"], signal);
  const version = Number(/v(\d+)\./.exec(text)?.[1]);
  if (version !== 1 && version !== 2)
    throw new Unavailable(`${program} is of no version known here: ${text}`);
  await access(chip, constants.R_OK | constants.W_OK).catch(({ code }: NodeJS.ErrnoException) => {
    if (code === "EACCES")
      throw new Unavailable(`${chip} may not be opened by this user; add it to the group gpio`);
    throw new Unavailable(`this machine has no ${chip}; a container has it by --device ${chip}`);
  });
  return version;
}

async function run(program: string, args: string[], signal: AbortSignal): Promise<string> {
  try {
    return (await promisify(execFile)(program, args, { signal })).stdout;
  } catch (error) {
    const { code, stderr, message } = error as { code?: unknown; stderr?: string; message: string };
    if (code === "ENOENT")
      throw new Unavailable(`there is no program ${program} here; "apt install gpiod" brings it along`);
    throw new Error(stderr?.trim() || message);
  }
}

/** Waits until gpioset holds the line; rejects with what it says if it ends instead. */
async function started(child: ChildProcess, version: number, signal: AbortSignal): Promise<void> {
  let said = "";
  child.stderr?.on("data", (data: Buffer) => {
    said += data.toString();
  });
  const over = new AbortController();
  const within = AbortSignal.any([signal, over.signal]);
  const ended = once(child, "close", { signal: within }).then(() => {
    throw new Error(said.trim() || "gpioset ended at once");
  });
  const holds =
    version === 1 || child.stdout === null
      ? pause(SETTLED_MS, undefined, { signal: within })
      : once(child.stdout, "data", { signal: within });
  try {
    await Promise.race([ended, holds]);
  } catch (error) {
    child.kill();
    throw error;
  } finally {
    over.abort();
    await Promise.allSettled([ended, holds]);
  }
}
