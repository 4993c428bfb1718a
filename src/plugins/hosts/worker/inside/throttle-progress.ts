import type { Clock } from "../../../../clock.ts";
import type { EventName } from "../../../../events/registry.ts";
import { readProgress } from "../../../../methods/jobs/outcome.ts";
import type { PluginLog } from "../../../plugin-log.ts";

/** A loop that tells each of its turns must not keep the agent busy: no more than so often is one sent. */
const INTERVAL_MS = 100;

export interface ThrottleProgressOptions {
  /** Sends JSON text. */
  post(text: string): void;
  log(): PluginLog;
  readonly clock: Clock;
}

/** Sends the first progress at once, and of those that follow the latest. */
export function throttleProgress({ post, log, clock }: ThrottleProgressOptions) {
  let latest: string | undefined;
  let cancel: (() => void) | undefined;
  let hasComplained = false;

  function send(): void {
    cancel = undefined;
    if (latest === undefined) return;
    post(latest);
    latest = undefined;
    cancel = clock.setTimer(INTERVAL_MS, send);
  }

  return {
    progress(value: unknown): void {
      const read = readProgress(value);
      if ("progress" in read) {
        latest = JSON.stringify(read.progress);
        if (cancel === undefined) send();
        return;
      }
      const event: EventName = "job.progress-dropped";
      if (!hasComplained) log().warn({ event }, `a progress of the job is dropped: ${read.problem}`);
      hasComplained = true;
    },
    /** Sends what is still to be sent: nothing more will come. */
    flush(): void {
      cancel?.();
      if (latest !== undefined) post(latest);
      latest = undefined;
    },
  };
}
