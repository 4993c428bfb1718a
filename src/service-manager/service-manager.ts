import type { Clock } from "../clock.ts";
import { messageOf } from "../errors.ts";
import type { Logger } from "../events/logger.ts";
import type { Send } from "./senders.ts";
import { type HowItIs, statusWords } from "./status-words.ts";

/** How often is looked whether the status line has changed: soon enough for a person, and a bound for what is told. */
const LOOK_MS = 5_000;

export interface ServiceManagerOptions {
  readonly send: Send;
  /** As in the invitation. */
  readonly watchdogMs: number | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface ServiceManager {
  /** The agent serves. From now on signs of life are given, and how it is. */
  ready(look: () => HowItIs): void;
  /**
   * It ends, and takes so many milliseconds at most; `ready` does nothing any more. Signs of life go on while it drains.
   */
  stopping(limitMs: number): void;
}

/**
 * Tells the service manager how this process is, by the protocol of sd_notify(3). Nothing waits for it, one message at
 * a time is under way, and what comes meanwhile goes into the next; that it cannot be told is told once, in the log.
 */
export function createServiceManager({
  send,
  watchdogMs,
  clock,
  logger,
}: ServiceManagerOptions): ServiceManager {
  const waiting = new Map<string, string>();
  let stopLooking = (): void => {};
  let isSending = false;
  let hasFailed = false;
  let isStopping = false;

  function tell(lines: Readonly<Record<string, string | number>>): void {
    for (const [name, value] of Object.entries(lines)) waiting.set(name, `${name}=${value}`);
    if (!isSending) void sendAll();
  }

  async function sendAll(): Promise<void> {
    isSending = true;
    while (waiting.size > 0) {
      const message = [...waiting.values()].join("\n");
      waiting.clear();
      await send(message).catch(tellOnce);
    }
    isSending = false;
  }

  function tellOnce(error: unknown): void {
    if (hasFailed) return;
    hasFailed = true;
    logger.warn(
      { event: "agent.notify-failed", problem: messageOf(error) },
      "the service manager cannot be told how this agent is; with Type=notify or WatchdogSec= it will restart it",
    );
  }

  /** By the event loop's timers: when it hangs, no sign of life is given, and that is the point. */
  function every(milliseconds: number, act: () => void): () => void {
    const again = (): void => {
      cancel = clock.setTimer(milliseconds, again);
      act();
    };
    let cancel = clock.setTimer(milliseconds, again);
    return () => cancel();
  }

  return {
    ready(look) {
      if (isStopping) return;
      let told = statusWords(look());
      tell({ READY: 1, STATUS: told });
      stopLooking = every(LOOK_MS, () => {
        const words = statusWords(look());
        if (words !== told) tell({ STATUS: words });
        told = words;
      });
      // Twice in its time, as sd_watchdog_enabled(3) asks for.
      if (watchdogMs !== undefined) every(watchdogMs / 2, () => tell({ WATCHDOG: 1 }));
    },
    stopping(limitMs) {
      isStopping = true;
      stopLooking();
      tell({ STOPPING: 1, STATUS: "stopping", EXTEND_TIMEOUT_USEC: Math.ceil(limitMs * 1_000) });
    },
  };
}
