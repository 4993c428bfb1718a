import { table } from "../support/table.ts";
import type { Figures } from "./measure.ts";

const HEAD = [
  ...["what", "how many", "start ms", "CPU ms to start", "memory MB", "after the calls MB"],
  ...["CPU µs a call", "calls/s", "a scrape ms", "CPU ms a scrape", "kB"],
];

export const tableOf = (rows: readonly Figures[]): string =>
  table(
    HEAD,
    rows.map(({ series, size, start, startCpu, memory, memoryAfter, cpu, rate, scrape }) => [
      ...[
        series,
        `${size}`,
        start.toFixed(0),
        startCpu.toFixed(0),
        memory.toFixed(1),
        memoryAfter.toFixed(1),
      ],
      ...[cpu.toFixed(0), rate.toFixed(0), scrape.took.toFixed(1), scrape.cpu.toFixed(1)],
      (scrape.bytes / 1000).toFixed(0),
    ]),
  );

interface Curve {
  readonly title: string;
  readonly series: Figures["series"];
  readonly unit: string;
  readonly of: (figures: Figures) => number;
}

const CURVES: readonly Curve[] = [
  {
    title: "Methods: to start",
    series: "methods",
    unit: "ms of processor time",
    of: ({ startCpu }) => startCpu,
  },
  { title: "Methods: memory", series: "methods", unit: "MB", of: ({ memory }) => memory },
  {
    title: "Methods: a scrape",
    series: "methods",
    unit: "ms of processor time",
    of: ({ scrape }) => scrape.cpu,
  },
  {
    title: "Calls waiting: a call",
    series: "calls waiting",
    unit: "µs of processor time",
    of: ({ cpu }) => cpu,
  },
];

/** Curves that GitHub draws (Mermaid). What grows in proportion is a straight line: sizes have their distances. */
export function drawGrowth(rows: readonly Figures[]): string[] {
  return CURVES.flatMap(({ title, series, unit, of }) => {
    const points = rows.filter((row) => row.series === series);
    const [least, most] = [points.at(0), points.at(-1)];
    if (least === undefined || most === undefined || least === most) return [];
    // xychart has no points of one's own along x: between two sizes is what a straight line has there.
    const values = Array.from({ length: STEPS + 1 }, (_, step) => {
      const size = least.size + ((most.size - least.size) * step) / STEPS;
      return Number(between(points, size, of).toPrecision(4));
    });
    const highest = Math.ceil(Math.max(...values) * 1.1);
    return [
      [
        "```mermaid",
        "xychart-beta",
        `  title "${title}"`,
        `  x-axis "${series}" ${least.size} --> ${most.size}`,
        `  y-axis "${unit}" 0 --> ${highest}`,
        `  line [${values.join(", ")}]`,
        "```",
      ].join("\n"),
    ];
  });
}

const STEPS = 60;

function between(points: readonly Figures[], size: number, of: (figures: Figures) => number): number {
  const after = points.findIndex((point) => point.size >= size);
  const [from, to] = [points[Math.max(0, after - 1)], points[after]];
  if (from === undefined || to === undefined) return Number.NaN;
  if (from.size === to.size) return of(to);
  return of(from) + ((of(to) - of(from)) * (size - from.size)) / (to.size - from.size);
}
