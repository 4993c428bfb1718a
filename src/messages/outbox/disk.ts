import { existsSync } from "node:fs";
import { join } from "node:path";
import { waitAtMost } from "../../clock.ts";
import { MINUTE, SECOND } from "../../durations.ts";
import { backoffCeiling } from "../../full-jitter.ts";
import { MEBIBYTE } from "../../sizes.ts";
import { asidesLeft } from "../on-disk/asides.ts";
import { diskFault } from "../on-disk/disk-fault.ts";
import { createHolder, type HolderOptions } from "./holder.ts";
import type { Store } from "./store.ts";
import { createTimers } from "./timers.ts";
import { checkIsInPlace, REMOVED_TOGETHER, writeDown } from "./write-down.ts";

/** So much does not wait for the delay of writing: memory is small, and so is the time that a stop may take. */
const MUCH = { messages: 1_000, bytes: MEBIBYTE } as const;
/** Rows whose messages are acknowledged wait so long for others, to be removed together. */
const REMOVE_DELAY = 5 * SECOND;
/** 5 s, 10 s, 20 s, … 5 min: when a disk that took nothing is tried again. */
const RETRY = { base: 5 * SECOND, max: 5 * MINUTE, growth: 2 } as const;

/** A disk that has not answered after this is one that takes nothing, until it does. */
const HANG = 30 * SECOND;
/** No longer does the end of the agent wait for the disk. */
const CLOSE_LIMIT = 5 * SECOND;

const FILE = "outbox.db";

export interface Disk {
  /** The rows; undefined while they cannot be read. */
  readonly store: Store | undefined;
  /** What could be read of a corrupt file is being saved: nothing is known of the order until then. */
  readonly isRecovering: boolean;
  /** Why messages are in memory only. */
  readonly problem: string | undefined;
  /** There is something to be written, within the delay of writing. */
  append(): void;
  /** There are rows to be removed, some time. */
  remove(): void;
  /** The store could not be read. */
  failed(error: unknown): void;
  /** Opens the file, if there is one. */
  start(): Promise<void>;
  /** Writes what is not written yet. */
  close(): Promise<void>;
}

export interface DiskOptions extends Omit<HolderOptions, "path"> {
  /** The folder of the file; made when it is first needed. */
  readonly directory: string;
  /** Milliseconds. */
  readonly writeDelay: number;
  /** The disk takes nothing, or takes it again. */
  onChange(isWell: boolean): void;
}

/**
 * Keeps the ledger on disk: writes in groups, syncs them, removes lazily, goes on without the disk and back to it. One
 * thing is done after the other.
 */
export function createDisk(options: DiskOptions): Disk {
  const { directory, ledger, writeDelay, logger, clock } = options;
  const path = join(directory, FILE);
  const timers = createTimers<"write" | "remove" | "retry" | "hang">(clock);
  const holder = createHolder({ ...options, path });
  let trouble: { problem: string; attempts: number } | undefined;
  let work: Promise<void> = Promise.resolve();
  let isQueued = false;
  /** Reads that have failed, and of which it is not known yet what comes of it. */
  let suspected = 0;
  let isClosed = false;

  const disk: Disk = {
    get store() {
      return holder.store;
    },
    get isRecovering() {
      return holder.isRecovering || suspected > 0;
    },
    get problem() {
      return trouble?.problem;
    },
    append() {
      if (trouble !== undefined || isClosed) return;
      const { size, bytes } = ledger.memory;
      const isMuch = size >= MUCH.messages || bytes >= MUCH.bytes;
      timers.set("write", isMuch ? 0 : writeDelay, queue);
    },
    remove() {
      if (trouble !== undefined || isClosed || ledger.gone.size === 0) return;
      timers.set("remove", ledger.gone.size < REMOVED_TOGETHER ? REMOVE_DELAY : 0, queue);
    },
    failed(error) {
      // What was read twice fails twice; it is mended once.
      const failing = holder.store;
      holder.remember();
      suspected += 1;
      work = work.then(async () => {
        if (holder.store === failing) await fail(error);
        suspected -= 1;
        options.onLost(0);
      });
    },
    async start() {
      if (!existsSync(path) && asidesLeft(path).length === 0) return;
      work = work.then(() => attempt(async () => void (await holder.open())));
      await work;
    },
    async close() {
      isClosed = true;
      timers.stop();
      const closing = work
        .then(() => attempt(writeAll))
        .then(() => attempt(checkPlace))
        .then(() => holder.close())
        .catch((error) => logger.warn({ event: "outbox.not-closed" }, diskFault(error, path).problem));
      await waitAtMost(closing, CLOSE_LIMIT, clock);
      timers.stop();
      const lost = ledger.memory.size;
      if (lost > 0)
        logger.error(
          { event: "outbox.lost", lost },
          "messages to the hub that could not be kept on disk are lost",
        );
    },
  };
  return disk;

  function queue(): void {
    if (isQueued || isClosed) return;
    isQueued = true;
    work = work.then(async () => {
      isQueued = false;
      await attempt(writeAll);
      if (ledger.memory.size > 0) disk.append();
      disk.remove();
    });
  }

  /** What fails leaves everything as it was, in memory, to be tried again. */
  async function attempt(what: () => Promise<void>): Promise<void> {
    timers.set("hang", HANG, () =>
      inTrouble(`${path}: the disk does not answer: look into the kernel's log`),
    );
    try {
      // A journal that is in the file can be written over: there may be room for more on a full disk.
      if (trouble !== undefined) {
        await (await holder.open()).checkpoint();
        await checkPlace();
      }
      await what();
      well();
    } catch (error) {
      await fail(error);
    } finally {
      timers.cancel("hang");
    }
  }

  async function writeAll(): Promise<void> {
    if (ledger.memory.size === 0 && ledger.gone.size === 0) return;
    await writeDown(ledger, await holder.open());
  }

  async function checkPlace(): Promise<void> {
    if (holder.store !== undefined) await checkIsInPlace(holder.store);
  }

  async function fail(error: unknown): Promise<void> {
    let fault = diskFault(error, path);
    const isDisplaced = fault.kind === "displaced";
    if (fault.kind === "corrupt" || isDisplaced) {
      try {
        await (isDisplaced ? holder.writeAnew : holder.startAfresh)(fault.problem);
        well();
        disk.append();
        return;
      } catch (another) {
        fault = diskFault(another, path);
      }
    }
    // A file without a name is the only one that has its messages: it is read as long as there is no other.
    if (fault.kind !== "refused" && !isDisplaced) await holder.close("broken");
    ledger.unsafe();
    const { attempts } = inTrouble(fault.problem);
    if (!isClosed) timers.set("retry", backoffCeiling(RETRY, attempts - 1), queue);
  }

  function well(): void {
    if (trouble === undefined) return;
    trouble = undefined;
    logger.info({ event: "outbox.on-disk" }, `${path}: messages to the hub are kept on disk again`);
    options.onChange(true);
  }

  function inTrouble(problem: string): { attempts: number } {
    if (trouble?.problem !== problem)
      logger.error({ event: "outbox.off-disk" }, `messages to the hub are kept in memory only: ${problem}`);
    trouble = { problem, attempts: (trouble?.attempts ?? 0) + 1 };
    options.onChange(false);
    return trouble;
  }
}
