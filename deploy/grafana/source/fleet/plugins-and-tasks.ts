import type { Row } from "../shared/describe.ts";
import { bars, graph } from "../shared/panels.ts";
import { grown, ofFleet, THE_PLUGINS } from "../shared/select.ts";
import { table } from "../shared/table.ts";
import { UNIT } from "../shared/text.ts";
import { namedInTable } from "../shared/who.ts";

/** What runs on devices besides methods: is it there, and does it do its work? */
export const pluginsAndTasksOfFleet: Row = {
  title: "Plugins, tasks and jobs",
  panels: [
    table({
      title: "Plugins that are down",
      description:
        "Plugins that do not serve: broken, or between two starts. Good: none. /readyz of the device and hubhand.describe tell what is wrong with each.",
      width: 12,
      none: "none",
      sortedBy: "Plugin",
      queries: [
        {
          expr: namedInTable(
            `max by (instance, plugin, kind) (${ofFleet("hubhand_plugin_up", THE_PLUGINS)} == 0)`,
          ),
        },
      ],
      columns: [
        { of: "device", title: "Device" },
        { of: "instance", title: "instance", opens: true },
        { of: "plugin", title: "Plugin" },
        { of: "kind", title: "Kind" },
      ],
    }),
    table({
      title: "Tasks that do not do their work",
      description:
        "Runs in the time that is shown that failed, were over their time (timed_out), found the one before still running (skipped) or did not take place (missed: the device slept, or its clock was set). Good: none.",
      width: 12,
      none: "none",
      sortedBy: "Runs",
      queries: [
        {
          expr: `topk(20, ${namedInTable(`sum by (instance, task, outcome) (${grown(ofFleet("hubhand_task_runs_total", 'outcome!~"ok|stopped"'))}) > 0`)})`,
        },
      ],
      columns: [
        { of: "device", title: "Device" },
        { of: "instance", title: "instance", opens: true },
        { of: "task", title: "Task" },
        { of: "outcome", title: "Outcome" },
        { of: "A", title: "Runs", steps: ["orange"] },
      ],
    }),
    bars({
      title: "Restarts of plugins",
      description:
        "How often a plugin's worker or process was started anew. Good: none but when one is reloaded. Its log lines before tell why.",
      unit: UNIT.count,
      width: 8,
      none: "none",
      queries: [
        {
          expr: `sum by (plugin) (increase(${ofFleet("hubhand_plugin_restarts_total", THE_PLUGINS)}[$__rate_interval])) > 0`,
          legend: "{{plugin}}",
        },
      ],
    }),
    graph({
      title: "Jobs that run",
      description: "Work that takes longer than a call, on all chosen devices. hubhand.jobs lists them.",
      unit: UNIT.count,
      width: 8,
      queries: [{ expr: `sum(${ofFleet("hubhand_jobs_running")})`, legend: "running" }],
    }),
    bars({
      title: "Jobs by outcome",
      description: "How jobs ended. Good: done. interrupted: the agent stopped or was killed meanwhile.",
      unit: UNIT.count,
      width: 8,
      none: "no jobs ended",
      queries: [
        {
          expr: `sum by (method, outcome) (increase(${ofFleet("hubhand_jobs_total")}[$__rate_interval])) > 0`,
          legend: "{{method}} {{outcome}}",
        },
      ],
    }),
  ],
};
