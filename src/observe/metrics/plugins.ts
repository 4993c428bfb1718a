import { DURATION_BUCKETS } from "./buckets.ts";
import type { Kit, LabelMeaning } from "./kit.ts";

const PLUGIN: LabelMeaning = { what: "a plugin that there is now; its series go with it" };
const KIND: LabelMeaning = {
  what: "how it runs",
  values: ["module", "executable", "daemon", "http", "built-in", "unknown"],
};

export const pluginInstruments = ({ counter, labelledGauge }: Kit) => ({
  pluginUp: labelledGauge("hubhand_plugin_up", "1 for a plugin that serves, 0 for one that is broken.", {
    plugin: PLUGIN,
    kind: KIND,
  }),
  pluginInfo: labelledGauge(
    "hubhand_plugin_info",
    "Version of a plugin; always 1.",
    {
      plugin: PLUGIN,
      kind: KIND,
      version: { what: "what the plugin says, its first 64 characters; one at a time" },
    },
    { absent: "for a plugin that says no version, or that could not be loaded" },
  ),
  pluginRestarts: counter("hubhand_plugin_restarts_total", "Restarts of a plugin's worker or process.", {
    plugin: PLUGIN,
  }),
});

const TASK: LabelMeaning = {
  what: "`plugin/task`, or the name of one of the device's own; its series go with it",
};

/** As src/schedule has them; `missed` is told with the next one that runs. */
export const TASK_OUTCOMES = ["ok", "failed", "timed_out", "skipped", "missed", "stopped"] as const;

export const taskInstruments = ({ counter, histogram, labelledGauge }: Kit) => ({
  taskRuns: counter(
    "hubhand_task_runs_total",
    "Runs of scheduled tasks, by outcome.",
    { task: TASK, outcome: { what: "how the run ended, or why there was none", values: TASK_OUTCOMES } },
    { absent: "`stopped` until it happens; all others are there at 0 as soon as the task is" },
  ),
  taskDuration: histogram("hubhand_task_duration_seconds", "Duration of a task's run.", {
    labels: { task: TASK },
    buckets: DURATION_BUCKETS,
    absent: "until the task has run",
  }),
  tasksRunning: labelledGauge("hubhand_task_running", "Runs of a task that go on now.", { task: TASK }),
  taskNextRun: labelledGauge(
    "hubhand_task_next_run_timestamp_seconds",
    "When a task runs next, in seconds since 1970; 0 for one that does not run by itself.",
    { task: TASK },
  ),
  taskLastSuccess: labelledGauge(
    "hubhand_task_last_success_timestamp_seconds",
    "When a task last ended well, in seconds since 1970; absent if it has not since the agent started.",
    { task: TASK },
    { absent: "until a run since the agent's start has ended well" },
  ),
});
