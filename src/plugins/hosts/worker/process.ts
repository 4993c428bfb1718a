import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Duplex } from "node:stream";
import { fileURLToPath } from "node:url";
import { type Clock, waitAtMost } from "../../../clock.ts";
import { HubhandError } from "../../../errors.ts";
import { ownFile } from "../../../own-files.ts";
import { KIBIBYTE } from "../../../sizes.ts";
import { createAllowance } from "../allowance.ts";
import { MARK } from "../child/escaped.ts";
import { type ProcessGroups, signalGroup } from "../groups.ts";
import { writeJsonLines } from "../json-lines.ts";
import { lineWriter } from "../line-writer.ts";
import { readLines } from "../lines.ts";
import { readSlowly } from "../slow-reader.ts";
import { endFirst } from "../stand-back.ts";
import { findDeathSignal } from "./dies-with-agent.ts";
import { startTurns } from "./little-memory.ts";
import { CHANNEL_FD } from "./protocol.ts";
import type { OpenVessel, Vessel } from "./vessel.ts";

/** How long a process that was killed is waited for. */
const END_LIMIT_MS = 500;
/** What may be read of its output in a second; it has to wait with the rest. */
const OUTPUT_A_SECOND = 256 * KIBIBYTE;
/** Linux counts the memory of a process in pages of so many bytes (proc_pid_statm(5)). */
const PAGE = 4 * KIBIBYTE;

export interface ProcessOptions {
  /** Scrubbed. */
  readonly env: Readonly<Record<string, string>>;
  readonly groups: ProcessGroups;
  readonly clock: Clock;
  /** What the control group allows, bytes. */
  readonly memory?: number;
}

/** Runs plugins in processes of their own, each in a process group that is killed whole. */
export function openProcesses(options: ProcessOptions): OpenVessel {
  const { env, groups, clock, memory = process.constrainedMemory() } = options;
  const before = findDeathSignal();
  const turn = startTurns({ memory, clock });
  return async ({ file, onMessage }) => {
    const turnIsOver = await turn();
    const [program = process.execPath, ...args] = [
      ...(await before),
      process.execPath,
      fileURLToPath(ownFile("worker")),
      file,
    ];
    const booted = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<string>();
    let why: string | undefined;
    const mark = randomBytes(9).toString("hex");
    const child = spawn(program, args, {
      env: { ...env, [MARK]: mark },
      detached: true,
      stdio: ["ignore", "pipe", "pipe", "pipe"],
    });
    const { pid } = child;
    if (pid !== undefined) groups.add(pid, mark);
    const channel = child.stdio[CHANNEL_FD] as Duplex;
    const drained = new Promise<void>((resolve) => channel.once("close", resolve));
    // It fails when the process ends, of which we hear.
    channel.on("error", () => {});
    let hasBooted = false;
    readLines(channel, {
      onLine(line) {
        const message = parsed(line);
        if (hasBooted) {
          // Imported, or not.
          turnIsOver();
          onMessage(message);
        }
        // What it says first says our own code, before the plugin's is there.
        hasBooted = true;
        booted.resolve();
      },
      onTooLong: () => onMessage(undefined),
      clock,
    });
    const allowance = createAllowance({
      now: clock.now,
      setTimer: clock.setTimer,
      tell: (lines) => onMessage({ type: "dropped", lines }),
    });
    for (const stream of ["stdout", "stderr"] as const) {
      const lines = lineWriter((line) => {
        if (allowance.take()) onMessage({ type: "output", stream, line });
      });
      const source = child[stream];
      if (source === null) continue;
      readSlowly(source, {
        bytesASecond: OUTPUT_A_SECOND,
        onChunk: (chunk) => lines.write(chunk),
        clock,
      });
    }
    const over = (reason: string): void => {
      turnIsOver();
      killGroup();
      if (pid !== undefined) groups.remove(pid);
      booted.reject(new HubhandError("PLUGIN_INVALID", reason));
      ended.resolve(reason);
    };
    child.once("error", ({ message }) => over(`its process failed: ${message}`));
    child.once("exit", async (code, signal) => {
      killGroup();
      // What it said last may still be on its way; one that got away may hold the other end open.
      await Promise.all([waitAtMost(drained, END_LIMIT_MS, clock), groups.endEscaped([mark])]);
      channel.destroy();
      over(
        why ?? (signal === null ? `its process exited with ${code}` : `its process was ended by ${signal}`),
      );
    });

    function killGroup(): void {
      if (pid !== undefined) signalGroup(pid, "SIGKILL");
    }

    await booted.promise;
    await endFirst(pid);
    const atStart = residentBytes(pid) ?? 0;
    const vessel: Vessel = {
      // One that has ended takes no more; whoever waits for its answer hears of its end.
      post: writeJsonLines(channel),
      ended: ended.promise,
      async memory() {
        const now = residentBytes(pid);
        return now === undefined ? undefined : now - atStart;
      },
      async end(reason) {
        why ??= reason;
        killGroup();
        await waitAtMost(ended.promise, END_LIMIT_MS, clock);
      },
    };
    return vessel;
  };
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** Read at once: it is the kernel's memory, asked twenty times a second, and four turns of the thread pool cost more than the text. */
function residentBytes(pid: number | undefined): number | undefined {
  try {
    const pages = Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]);
    return Number.isNaN(pages) ? undefined : pages * PAGE;
  } catch {
    // It has ended, or this is no Linux.
    return undefined;
  }
}
