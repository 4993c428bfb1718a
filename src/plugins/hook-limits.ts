import { type Clock, waitAtMost } from "../clock.ts";
import { MINUTE } from "../durations.ts";
import { HubhandError, messageOf } from "../errors.ts";
import type { Logger } from "../events/logger.ts";
import type { Plugin } from "./plugin.ts";

/** How long an import and a start hook may each take, and how long a stop hook. */
const START_LIMIT_MS = 10_000;
/** How long a plugin may take from its turn in the queue to its import: on a small device many wait for each other. */
export const LOAD_LIMIT_MS = 5 * MINUTE;
const STOP_LIMIT_MS = 2_000;

/**
 * Waits for an author's code to get ready.
 * @throws HubhandError PLUGIN_INVALID if it fails or takes too long, naming what did
 */
export async function startInTime<T>(
  work: Promise<T>,
  what: string,
  clock: Clock,
  limitMs = START_LIMIT_MS,
): Promise<T> {
  const limit = Promise.withResolvers<never>();
  const cancel = clock.setTimer(limitMs, () =>
    limit.reject(new HubhandError("PLUGIN_INVALID", `${what} did not end within ${limitMs / 1000} s`)),
  );
  try {
    return await Promise.race([work, limit.promise]);
  } catch (error) {
    if (error instanceof HubhandError) throw error;
    throw new HubhandError("PLUGIN_INVALID", `${what} failed: ${messageOf(error)}`, { cause: error });
  } finally {
    cancel();
  }
}

/** Calls a plugin's stop hook and waits for it, not for ever; that it failed or hangs is logged. Never rejects. */
export async function stopInTime(plugin: Plugin, logger: Logger, clock: Clock): Promise<void> {
  const lines = logger.child({ plugin: plugin.name });
  let ended = false;
  const stopped = plugin
    .stop()
    .catch((error: unknown) =>
      lines.warn({ event: "plugin.stop-failed", err: error }, "the stop hook failed"),
    )
    .then(() => {
      ended = true;
    });
  await waitAtMost(stopped, STOP_LIMIT_MS, clock);
  if (!ended)
    lines.warn(
      { event: "plugin.stop-timed-out" },
      `the stop hook did not end within ${STOP_LIMIT_MS / 1000} s; the agent goes on without it`,
    );
}
