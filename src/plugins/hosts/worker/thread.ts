import { MessageChannel, receiveMessageOnPort, Worker } from "node:worker_threads";
import { type Clock, waitAtMost } from "../../../clock.ts";
import { HubhandError, messageOf } from "../../../errors.ts";
import { ownFile } from "../../../own-files.ts";
import { MEBIBYTE } from "../../../sizes.ts";
import { descendantsOf, killAll } from "./descendants.ts";
import type { ThreadData } from "./inside/channel.ts";
import type { FromPlugin } from "./protocol.ts";
import type { Threads } from "./threads.ts";
import type { OpenVessel, Vessel } from "./vessel.ts";

/** How long a thread that was told to end is waited for. */
const END_LIMIT_MS = 500;

/**
 * V8 ends the whole process if one allocation goes more than 16 MiB over a thread's limit (it gives
 * ERR_WORKER_OUT_OF_MEMORY for smaller ones), so its limit is far off, and the plugin's own is kept by whoever asks
 * `memory`. Young objects get little room: they are the memory of a thread that does nothing.
 */
const RESOURCE_LIMITS = { maxOldGenerationSizeMb: 4_096, maxYoungGenerationSizeMb: 8 };

/** A thread is woken to be asked for its size only if the whole process grew by so much. */
const GROWTH = MEBIBYTE;

export interface ThreadOptions {
  /** Scrubbed. */
  readonly env: Readonly<Record<string, string>>;
  readonly threads: Threads;
  readonly clock: Clock;
}

/** Runs plugins in threads of this process. */
export function threadOpener(options: ThreadOptions): OpenVessel {
  const { env, threads, clock } = options;
  return async ({ file, onMessage }) => {
    await threads.turn();
    const booted = Promise.withResolvers<void>();
    void booted.promise.then(threads.turnOver, threads.turnOver);
    const { port1: port, port2 } = new MessageChannel();
    const workerData: ThreadData = { port: port2, file };
    const worker = new Worker(ownFile("worker"), {
      workerData,
      transferList: [port2],
      env: { ...env },
      argv: [],
      execArgv: [],
      // Not ours, and not read either: what the plugin writes comes as messages.
      stdout: true,
      stderr: true,
      resourceLimits: RESOURCE_LIMITS,
    });
    threads.add();
    let task: string | undefined;
    let why: string | undefined;
    const ended = Promise.withResolvers<string>();

    let hasBooted = false;
    const hear = (message: unknown): void => {
      if (hasBooted) {
        onMessage(message);
        return;
      }
      // What it says first says our own code, before the plugin's is there.
      hasBooted = true;
      task = (message as FromPlugin & { type: "booted" }).thread;
      booted.resolve();
    };
    port.on("message", hear);
    worker.on("error", (error: NodeJS.ErrnoException) => {
      why ??=
        error.code === "ERR_WORKER_OUT_OF_MEMORY"
          ? "it ran out of memory"
          : `its thread failed: ${messageOf(error)}`;
    });
    worker.on("exit", (code) => {
      threads.remove();
      // What it said last may still be on its way.
      for (let last = receiveMessageOnPort(port); last !== undefined; last = receiveMessageOnPort(port))
        hear(last.message);
      port.close();
      const reason = why ?? `it ended its own thread (process.exit, code ${code})`;
      booted.reject(new HubhandError("PLUGIN_INVALID", reason));
      ended.resolve(reason);
    });
    await booted.promise;
    const size = async (): Promise<number | undefined> => {
      const statistics = await worker.getHeapStatistics().catch(() => undefined);
      return statistics && statistics.used_heap_size + statistics.external_memory;
    };
    const atStart = (await size()) ?? 0;
    let grownFrom = process.memoryUsage.rss();
    let lastSize: number | undefined = 0;

    const vessel: Vessel = {
      post: (message) => port.postMessage(message),
      ended: ended.promise,
      async memory({ exactly }) {
        const all = process.memoryUsage.rss();
        grownFrom = Math.min(grownFrom, all);
        if (!exactly && all < grownFrom + GROWTH) return lastSize;
        grownFrom = all;
        const now = await size();
        lastSize = now === undefined ? undefined : now - atStart;
        return lastSize;
      },
      async end(reason) {
        why ??= reason;
        // Before its end: afterwards they are anybody's children. One that waits for a child gets free by it.
        const started = task === undefined ? [] : descendantsOf(task);
        const terminated = worker.terminate();
        killAll(started);
        await waitAtMost(terminated, END_LIMIT_MS, clock);
        // It is stuck in a system call, from which nobody can call it back: it is left where it is, and heard no more.
        port.close();
        ended.resolve(why);
      },
    };
    return vessel;
  };
}
