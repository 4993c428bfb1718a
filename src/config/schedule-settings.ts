import { HEARTBEAT } from "../rules/task-rules.ts";
import { tasks } from "./collections.ts";
import { orOff, timeZone } from "./kinds.ts";
import { duration } from "./numbers.ts";
import { setting } from "./setting.ts";

/** What is done on time. */
export const SCHEDULE = {
  timezone: setting(timeZone(), {
    default: null,
    doc: "The time zone of cron expressions whose task sets none. Not set: the system's, which in a container is UTC.",
  }),
  heartbeat: setting(orOff(duration(HEARTBEAT)), {
    default: "15m",
    doc: "How often the device tells the hub that it lives, and how it is: uptime, memory, temperature, disk, link, plugins. off: never.",
  }),
  tasks: setting(tasks(), {
    default: {},
    doc: "Changes of plugins' tasks, by plugin/task: cron or every, enabled, timezone, jitter, overlap, timeout, runAtStart, catchUp. A name without a slash is a task of the device's own: it says which method it runs, with which payload, and whether the answer is sent as telemetry. Several sources go together, key by key. In a variable or flag: JSON.",
  }),
} as const;
