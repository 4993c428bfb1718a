import type { Row } from "../shared/describe.ts";
import { bars, graph } from "../shared/panels.ts";
import { ofDevice, quantile } from "../shared/select.ts";
import { table } from "../shared/table.ts";
import { UNIT } from "../shared/text.ts";

const RUNS = "hubhand_task_runs_total";
const time = (metric: string): string => `1000 * max by (task) (${ofDevice(metric)} > 0)`;

/** What it does on time. */
export const tasks: Row = {
  title: "Tasks",
  panels: [
    table({
      title: "Tasks",
      description:
        "Each task: when it last ended well (empty: not since the agent started), when it runs next (empty: not by itself), how often it runs now, and how many runs since the start were not as they should be: failed, over their time, skipped or missed. Good: a success no longer ago than its interval.",
      width: 12,
      none: "none",
      joined: "task",
      sortedBy: "Not as they should be",
      queries: [
        { expr: time("hubhand_task_last_success_timestamp_seconds") },
        { expr: time("hubhand_task_next_run_timestamp_seconds") },
        { expr: `max by (task) (${ofDevice("hubhand_task_running")})` },
        { expr: `sum by (task) (${ofDevice(RUNS, 'outcome!~"ok|stopped"')})` },
      ],
      columns: [
        { of: "task", title: "Task" },
        { of: "A", title: "Last success", unit: UNIT.ago },
        { of: "B", title: "Next run", unit: UNIT.ago },
        { of: "C", title: "Runs now" },
        { of: "D", title: "Not as they should be", steps: ["green", [1, "orange"]] },
      ],
    }),
    bars({
      title: "Runs by outcome",
      description:
        "Good: ok. skipped: the run before still went on. missed: nothing could start it, as the device slept or its clock was set.",
      unit: UNIT.count,
      width: 6,
      none: "none",
      queries: [
        {
          expr: `sum by (task, outcome) (increase(${ofDevice(RUNS)}[$__rate_interval])) > 0`,
          legend: "{{task}} {{outcome}}",
        },
      ],
    }),
    graph({
      title: "p95 of their duration",
      description: "How long runs take. Good: well below the task's interval and its time-out.",
      unit: UNIT.seconds,
      width: 6,
      none: "none",
      queries: [
        {
          expr: quantile(0.95, { of: "hubhand_task_duration_seconds", by: ["task"], select: ofDevice }),
          legend: "{{task}}",
        },
      ],
    }),
  ],
};
