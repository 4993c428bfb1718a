import type { EChartsOption } from "echarts";
import type { Results } from "../results.ts";
import { medianIn, type Plot } from "./plot.ts";

const IN_FLIGHT = [1, 8, 64, 256];

/** A line for each contender, over how many calls are in flight. */
function overInFlight(unit: string, figure: string) {
  return (results: Results): EChartsOption => ({
    xAxis: {
      type: "category",
      name: "calls in flight",
      nameLocation: "middle",
      nameGap: 25,
      data: IN_FLIGHT,
    },
    yAxis: { type: "log", name: unit },
    series: results.contenders.map(({ id, name }) => ({
      type: "line",
      name,
      symbolSize: 8,
      data: IN_FLIGHT.map((atOnce) => medianIn(results, id, `calls.${atOnce}.${figure}`)),
    })),
  });
}

/** A group of bars for each of these figures, in each a bar for each contender. */
function bars(unit: string, figures: Readonly<Record<string, string>>) {
  return (results: Results): EChartsOption => ({
    xAxis: { type: "category", data: Object.values(figures) },
    yAxis: { type: "value", name: unit },
    series: results.contenders.map(({ id, name }) => ({
      type: "bar",
      name,
      label: { show: true, position: "top", fontSize: 10 },
      data: Object.keys(figures).map((key) => medianIn(results, id, key)),
    })),
  });
}

export const PLOTS: readonly Plot[] = [
  {
    name: "latency",
    title: "One call at a time",
    of: ["calls"],
    option: bars("µs", { "calls.1.p50": "p50", "calls.1.p99": "p99" }),
  },
  { name: "throughput", title: "Calls a second", of: ["calls"], option: overInFlight("1/s", "rate") },
  { name: "cpu", title: "CPU a call", of: ["calls"], option: overInFlight("µs", "cpu") },
  {
    name: "start",
    title: "From the spawn",
    of: ["start"],
    option: bars("ms", {
      "start.connected": "to CONNECT",
      "start.subscribed": "to subscribed",
      "start.answered": "to the first answer",
      "start.cpu": "CPU until then",
    }),
  },
  {
    name: "memory",
    title: "Memory",
    of: ["idle", "after-calls"],
    option: bars("MB", {
      "idle.resident": "resident, idle",
      "idle.unique": "unique, idle",
      "after.resident": "resident, after calls",
      "after.unique": "unique, after calls",
    }),
  },
];
