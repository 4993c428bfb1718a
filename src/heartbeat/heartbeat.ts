import { type Duration, SECOND } from "../durations.ts";
import type { Telemetry } from "../messages/telemetry.ts";
import type { Schedule } from "../schedule/schedule.ts";
import type { Task } from "../schedule/task.ts";
import type { HeartbeatFacts } from "./facts.ts";

export interface HeartbeatOptions {
  readonly schedule: Pick<Schedule, "replace">;
  /** hubhand's own. */
  readonly telemetry: Telemetry;
  facts(): Promise<HeartbeatFacts>;
  /** Milliseconds, or never. */
  readonly interval: number | "off";
}

/** Tells the hub again and again that this device lives, and how it is. */
export interface Heartbeat {
  /** Begins: whatever it tells of is there. */
  begin(): void;
  /** Changes the interval, at once; in milliseconds, at least ten seconds. */
  setInterval(interval: number | "off"): void;
}

const TIMEOUT_MS = 30 * SECOND;
/** Whose tasks these are in the schedule: the plugin `hubhand` has others. */
const OWNER = "hubhand/heartbeat";

/**
 * The task `hubhand/heartbeat`. Its messages go last and are worth two intervals: whoever was offline for a week tells
 * how it is, not how it was.
 */
export function createHeartbeat({ schedule, telemetry, facts, interval }: HeartbeatOptions): Heartbeat {
  let current = interval;
  let begun = false;

  function taskOf(every: number): Task {
    return {
      name: "heartbeat",
      plugin: "hubhand",
      description: "Tells the hub that this device lives, and how it is.",
      every,
      overlap: "skip",
      timeout: TIMEOUT_MS,
      async run() {
        const timeToLive: Duration = `${2 * every}ms`;
        const properties = { type: "heartbeat" };
        await telemetry.send(await facts(), { stream: "heartbeat", priority: "low", timeToLive, properties });
      },
    };
  }

  function place(): void {
    if (begun) schedule.replace(OWNER, current === "off" ? [] : [taskOf(current)]);
  }

  return {
    begin() {
      begun = true;
      place();
    },
    setInterval(wanted) {
      if (wanted === current) return;
      current = wanted;
      place();
    },
  };
}
