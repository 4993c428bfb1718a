import type { InstrumentDescription, LabelMeaning } from "./kit.ts";

/** Parts of hubhand, and how the names of their metrics begin. */
const PARTS: readonly (readonly [title: string, names: RegExp])[] = [
  ["Methods and jobs", /^hubhand_(methods?|jobs)_/],
  ["The link", /^hubhand_(link|device)_/],
  ["Messages", /^hubhand_(outbox|inbox|messages?)_/],
  ["The twin", /^hubhand_twin_/],
  ["Plugins", /^hubhand_plugin_/],
  ["Tasks", /^hubhand_task_/],
  ["The agent itself", /^hubhand_(build|clock|log)_/],
];

const UNITS: readonly (readonly [name: RegExp, unit: string])[] = [
  [/_timestamp_seconds$/, "seconds since 1970"],
  [/_seconds$/, "seconds"],
  [/_bytes$/, "bytes"],
];

/** docs/reference/metrics.md: every instrument of hubhand's own, from what stands beside it in the code. */
export function metricsMarkdown(descriptions: readonly InstrumentDescription[]): string {
  const sections = PARTS.flatMap(([title, names]) => [
    `## ${title}`,
    ...descriptions.filter(({ name }) => names.test(name)).map(section),
  ]);
  return `${["# Metrics reference", INTRODUCTION, ...sections, PROCESS].join("\n\n")}\n`;
}

function section({ name, type, help, labels, buckets, absent }: InstrumentDescription): string {
  const unit = UNITS.find(([ending]) => ending.test(name))?.[1];
  const lines = [
    `### ${name}`,
    "",
    help,
    "",
    `- Type: ${type}${unit === undefined ? "" : `, in ${unit}`}`,
    ...Object.entries(labels).map(([label, meaning]) => `- \`${label}\`: ${meaningOf(meaning)}`),
    ...(buckets === undefined ? [] : [`- Buckets up to: ${buckets.map(String).join(", ")}`]),
    ...(absent === undefined ? [] : [`- Absent: ${absent}`]),
  ];
  return lines.join("\n");
}

function meaningOf({ what, values = [] }: LabelMeaning): string {
  return values.length === 0 ? what : `${what}: ${values.map((value) => `\`${value}\``).join(", ")}`;
}

const INTRODUCTION = `Generated from the instruments by \`npm run docs\`. \`GET /metrics\` tells them, in Prometheus' text format (0.0.4). How to scrape
a device, and what to alert on: [the alerts](../operate/alerts/README.md).

**How many series.** No caller, cloud message or twin can add series without end: calls of methods that are not there are counted
under \`_unknown\`, and what is labelled by method, handler, plugin or task has series for those that there are now. They go with
it; a call or job that ends later is counted under \`_unknown\`, a task's run no more. A plugin that is started afresh, or
changed, goes on counting. \`npm run bench:scrape\` says how many series and bytes there are with 10, 50 and 100 methods, and what a
scrape costs.

**Counters start at 0** where a rate must see the first time: calls with outcome \`ok\`, runs of tasks, restarts, failures of the link,
dropped messages, lines of the log. Outcomes of calls other than \`ok\` appear with their first; \`increase()\` does not see
that one. An alert on the first failure compares with before: \`x unless x offset 5m\`.

**Times that a Pi tells.** It may start with a wrong clock. Compare its timestamps with \`hubhand_clock_timestamp_seconds\` of the same
scrape, and not with \`time()\`, if the clock may be wrong; it shows that, too.

**No exemplars and no OpenMetrics format.** Prometheus reads the text format as well. prom-client (15.1) renames a registry's
counters when it writes OpenMetrics, so that one agent cannot answer in both; and exemplars, which only OpenMetrics
has, would cost each call a further object. A call's \`requestId\` is in the log.

Why the buckets are these, with measurements: [decision 22](../decisions/0022-histogram-buckets.md).`;

const PROCESS = `## Process and Node

From prom-client, under the names that dashboards for Node know: \`process_cpu_…_seconds_total\`, \`process_start_time_seconds\`,
\`process_resident_memory_bytes\`, \`process_open_fds\`, \`process_max_fds\`, \`nodejs_eventloop_lag_…\`, \`nodejs_active_…\`, \`nodejs_heap_…\`,
\`nodejs_external_memory_bytes\`, \`nodejs_gc_duration_seconds\`, \`nodejs_version_info\`. They are of the agent's own process; plugins that
run in processes of their own are not in it. The event loop's lag is how long its turns took since the last look at the metrics: what
became due meanwhile came late by so much. Each turn is counted (Node 24; an older one looks every 100 ms), none is made to count it: an agent
that is idle has few turns, and one of them may be its p99. Of a turn in which something came by a socket or a file, Node takes off what it
would have waited for its next timer; for how long the handler of a call holds the loop is known all the same, and is in the maximum and,
where turns are few, in the percentiles.`;
