import type { Row } from "../shared/describe.ts";
import { bars, graph } from "../shared/panels.ts";
import { ofDevice, rate } from "../shared/select.ts";
import { UNIT } from "../shared/text.ts";

const max = (metric: string): string => `max(${ofDevice(metric)})`;
const MEBIBYTE = 1024 * 1024;

/** What it costs the machine, and what it tells. */
export const processAndLog: Row = {
  title: "Process and log",
  panels: [
    graph({
      title: "Memory",
      description:
        "Of the agent's own process; plugins in processes of their own are not in it. Good: level after the first hour. A line that only rises is a leak.",
      unit: UNIT.bytes,
      width: 8,
      steps: ["green", [192 * MEBIBYTE, "orange"], [384 * MEBIBYTE, "red"]],
      queries: [
        { expr: max("process_resident_memory_bytes"), legend: "resident" },
        { expr: max("nodejs_heap_size_used_bytes"), legend: "heap in use" },
        { expr: max("nodejs_external_memory_bytes"), legend: "outside of the heap" },
      ],
    }),
    graph({
      title: "CPU",
      description: "Of one processor. Good: a few per cent. At 100 % calls wait: see the event loop.",
      unit: UNIT.share,
      width: 8,
      steps: ["green", [0.5, "orange"], [0.9, "red"]],
      queries: [
        { expr: `max(${rate(ofDevice("process_cpu_user_seconds_total"))})`, legend: "user" },
        { expr: `max(${rate(ofDevice("process_cpu_system_seconds_total"))})`, legend: "system" },
      ],
    }),
    graph({
      title: "Event loop lag",
      description:
        "How late the agent's one thread comes to what is due. Good: below 50 ms. Above, a plugin with isolate: false holds it, or the machine is too busy.",
      unit: UNIT.seconds,
      width: 8,
      steps: ["green", [0.05, "orange"], [0.5, "red"]],
      queries: [
        { expr: max("nodejs_eventloop_lag_p50_seconds"), legend: "p50" },
        { expr: max("nodejs_eventloop_lag_p99_seconds"), legend: "p99" },
      ],
    }),
    graph({
      title: "Open files",
      description: "Files and connections. Good: level, and far from the limit.",
      unit: UNIT.count,
      width: 8,
      queries: [{ expr: max("process_open_fds"), legend: "open" }],
    }),
    bars({
      title: "Log lines by level",
      description:
        "How much it has to say. Good: no error, few warn. hubhand.logs or the status page show them.",
      unit: UNIT.perSecond,
      width: 8,
      none: "none",
      queries: [
        { expr: `sum by (level) (${rate(ofDevice("hubhand_log_lines_total"))})`, legend: "{{level}}" },
      ],
    }),
    bars({
      title: "Log lines that were dropped",
      description:
        "By where they were to go. Good: none. output: whoever reads the log is too slow. file: the disk is full, or its folder is gone.",
      unit: UNIT.count,
      width: 8,
      none: "none",
      queries: [
        {
          expr: `sum by (destination) (increase(${ofDevice("hubhand_log_dropped_lines_total")}[$__rate_interval])) > 0`,
          legend: "{{destination}}",
        },
      ],
    }),
  ],
};
