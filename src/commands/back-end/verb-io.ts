import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { ERROR_CODES } from "../../errors.ts";
import { listenForStop } from "../process/stop-signal.ts";

/** What a verb for operators takes from its surroundings, and does to them; tests give their own. */
export interface VerbIo {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The folder that relative paths start from. */
  readonly cwd: string;
  /** Takes the result: standard output. */
  write(text: string): void;
  /** Takes what is not the result: standard error. */
  writeError(text: string): void;
  /** Takes the exit status of what ended without an error. */
  setExitCode(code: number): void;
  /** Whether standard error is a terminal, where a line can be written over. */
  readonly isTerminal: boolean;
  /** How many signs a line of that terminal takes; it may change. */
  columns(): number;
  readonly input: { readonly isTerminal: boolean; read(): AsyncIterable<Uint8Array> };
  /** From now on Ctrl-C and its like abort this signal, in place of ending the process. */
  listenForStop(): AbortSignal;
  /** Milliseconds on a clock that only goes forward. */
  now(): number;
  /** Milliseconds since 1970. */
  wallClock(): number;
  /** Resolves after so many milliseconds, or as soon as the signal is aborted; it never rejects. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** A number in [0, 1). */
  random(): number;
  newId(): string;
}

/** Those of this process. */
export function processIo(): VerbIo {
  return {
    env: process.env,
    cwd: process.cwd(),
    write: (text) => void process.stdout.write(text),
    writeError: (text) => void process.stderr.write(text),
    setExitCode(code) {
      process.exitCode = code;
    },
    isTerminal: process.stderr.isTTY === true,
    // 0 is what a terminal says that does not know.
    columns: () => process.stderr.columns || Number.POSITIVE_INFINITY,
    input: { isTerminal: process.stdin.isTTY === true, read: () => process.stdin },
    listenForStop: stopSignalOfProcess,
    now: () => performance.now(),
    wallClock: () => Date.now(),
    sleep: (milliseconds, signal) =>
      wait(milliseconds, undefined, signal === undefined ? {} : { signal }).catch(() => {}),
    random: Math.random,
    newId: randomUUID,
  };
}

function stopSignalOfProcess(): AbortSignal {
  const stop = new AbortController();
  const { asked, insisted } = listenForStop();
  void asked.then(() => stop.abort());
  // Whoever asks twice does not want to hear how it ends.
  void insisted.then(() => process.exit(ERROR_CODES.INTERRUPTED.exit));
  return stop.signal;
}
