import type { Clock } from "../../clock.ts";
import { SECOND } from "../../durations.ts";
import { messageOf } from "../../errors.ts";
import type { Logger } from "../../events/logger.ts";
import { MEBIBYTE } from "../../sizes.ts";
import { openRotatingFile } from "./rotating-file.ts";

/** What waits at most while the file cannot be written; then the oldest lines go. */
const MOST_WAITING_BYTES = MEBIBYTE;
/** A disk that is full, or read-only, is asked again after so long. */
const AGAIN_AFTER = 30 * SECOND;

/** The log in a file, besides standard output. */
export interface LogFile {
  /** Takes a finished line, JSON with its line end; it is in the file some time later. */
  write(line: string): void;
  /** Writes what waits; resolves when that is done, or cannot be. Never rejects. */
  flush(): Promise<void>;
  /** Writes what waits before it returns, and nothing after that: the process is about to end. */
  close(): void;
  /** Trouble with the file is told by this logger: on standard output, once. */
  tellsBy(logger: Logger): void;
}

export interface LogFileOptions {
  readonly path: string;
  /** Bytes that make it full. */
  readonly maxSize: number;
  /** How many full ones stay. */
  readonly keep: number;
  /** Milliseconds for which lines are gathered; an error and what is worse is written at once. */
  readonly writeDelay: number;
  readonly clock: Clock;
  /** So many lines were thrown away. */
  onDropped?(lines: number): void;
}

/**
 * Opens the file that the log is written to as well; lines of earlier runs stay in it.
 * @throws HubhandError CONFIG_INVALID if it cannot be written, or is no file of its own
 */
export function openLogFile(options: LogFileOptions): LogFile {
  const { path, writeDelay, clock, onDropped } = options;
  const file = openRotatingFile(options);
  let logger: Logger | undefined;
  let waiting: string[] = [];
  let bytes = 0;
  let cancel: (() => void) | undefined;
  let writing: Promise<void> | undefined;
  let isClosed = false;
  let trouble: { readonly problem: string; dropped: number } | undefined;

  function makeRoom(): void {
    let gone = 0;
    while (bytes > MOST_WAITING_BYTES && gone < waiting.length) {
      bytes -= Buffer.byteLength(waiting[gone] ?? "");
      gone += 1;
    }
    if (gone === 0) return;
    waiting = waiting.slice(gone);
    if (trouble !== undefined) trouble.dropped += gone;
    onDropped?.(gone);
  }

  function plan(delay: number): void {
    if (isClosed) return;
    cancel ??= clock.setTimer(delay, () => void flush());
  }

  /** Hands over what waits; what could not be written waits again. */
  async function writeAll(): Promise<void> {
    while (waiting.length > 0) {
      const lines = waiting;
      waiting = [];
      bytes = 0;
      const { left, error } = await file.append(lines);
      if (error === undefined) {
        worked();
        continue;
      }
      waiting = [...left, ...waiting];
      bytes = waiting.reduce((sum, line) => sum + Buffer.byteLength(line), 0);
      makeRoom();
      failed(messageOf(error));
      return;
    }
  }

  function failed(problem: string): void {
    const isNew = trouble === undefined;
    trouble ??= { problem, dropped: 0 };
    if (isNew)
      logger?.warn(
        { event: "log.file-failed", path },
        `the log's file cannot be written (${problem}); it is tried again`,
      );
  }

  function worked(): void {
    if (trouble === undefined) return;
    const { dropped } = trouble;
    trouble = undefined;
    logger?.info({ event: "log.file-works", path, dropped }, "the log's file is written again");
  }

  async function flush(): Promise<void> {
    cancel?.();
    cancel = undefined;
    writing ??= writeAll().finally(() => {
      writing = undefined;
      if (waiting.length > 0) plan(trouble === undefined ? writeDelay : Math.max(AGAIN_AFTER, writeDelay));
    });
    await writing;
  }

  return {
    write(line) {
      if (isClosed) return;
      waiting.push(line);
      bytes += Buffer.byteLength(line);
      if (bytes > MOST_WAITING_BYTES) makeRoom();
      if (trouble !== undefined) plan(Math.max(AGAIN_AFTER, writeDelay));
      else if (isUrgent(line) || bytes > MOST_WAITING_BYTES / 2) void flush();
      else plan(writeDelay);
    },
    flush,
    close() {
      isClosed = true;
      cancel?.();
      if (waiting.length > 0) file.appendNow(waiting);
      waiting = [];
    },
    tellsBy(given) {
      logger = given;
    },
  };
}

const isUrgent = (line: string): boolean =>
  line.startsWith('{"level":"error"') || line.startsWith('{"level":"fatal"');
