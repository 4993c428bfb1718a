import { event } from "./description.ts";

/** Scheduled tasks. */
export const TASK_EVENTS = {
  "task.failed": event("error", "A task's run failed.", "Read `err`: the task's own error."),
  "task.failed-late": event("warn", "A task failed after its time was over."),
  "task.timed-out": event("error", "A task is over its time.", "Correct the task, or give it more time."),
  "task.gave-up": event("info", "A task ended with an error as the agent stops."),
  "task.skipped": event(
    "warn",
    "A run was skipped: the one before still goes on.",
    "Give it less to do, or run it less often.",
  ),
  "task.missed": event(
    "warn",
    "Runs did not take place: the machine was off, asleep, or still at the run before.",
  ),
  "task.unknown": event("warn", "`schedule.tasks` changes tasks that are not there.", "Correct the name."),
  "task.without-method": event(
    "warn",
    "`schedule.tasks` runs methods that are not there.",
    "Correct the name, or see why the plugin is not there.",
  ),
  "task.answer-sent": event("debug", "What a method answered to a task is sent as telemetry."),
  "task.book-unreadable": event("warn", "When tasks ran before is not known."),
  "task.book-unwritable": event(
    "warn",
    "When tasks ran cannot be kept on disk.",
    "Make room on the disk, or name a folder that can be written (`state.directory`).",
  ),
};
