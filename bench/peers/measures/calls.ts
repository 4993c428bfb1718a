import type { Figure, Goal, RunningMeasure } from "./measure.ts";

/** So many calls in flight, and what part of a round's calls that is; the rest warms up, 16 at once. */
const LOADS = [
  { atOnce: 1, part: 0.2 },
  { atOnce: 8, part: 0.2 },
  { atOnce: 64, part: 0.3 },
  { atOnce: 256, part: 0.2 },
];
const WARM_UP = { atOnce: 16, part: 0.5 };

const GOALS: Readonly<Record<string, Goal>> = {
  "calls.1.p50": { of: "ratio", atMost: 0.65 },
  "calls.1.p99": { of: "ratio", atMost: 0.7 },
  "calls.64.rate": { of: "ratio", atLeast: 2 },
  "calls.64.cpu": { of: "ratio", atMost: 0.45 },
};

function figuresAt(atOnce: number): Figure[] {
  const hub = `calls.${atOnce}.hub`;
  const at = atOnce === 1 ? "one at a time" : `${atOnce} in flight`;
  const figure = (key: string, name: string, unit: string, boundedBy?: string): Figure => {
    const goal = GOALS[`calls.${atOnce}.${key}`];
    return {
      key: `calls.${atOnce}.${key}`,
      name: `${at}: ${name}`,
      unit,
      ...(goal && { goal }),
      ...(boundedBy && { boundedBy }),
    };
  };
  return [
    figure("rate", "calls", "1/s", hub),
    figure("p50", "p50", "µs", hub),
    figure("p99", "p99", "µs", hub),
    ...(atOnce === 1 ? [figure("p999", "p99.9", "µs", hub)] : []),
    figure("cpu", "CPU a call", "µs"),
    { ...figure("hubCpu", "CPU of the hub a call", "µs"), isContext: true },
    { ...figure("hub", "the hub was busy", "%"), isContext: true },
  ];
}

/** How long a call takes, how many there are in a second, and what each costs. */
export const CALLS: RunningMeasure = {
  name: "calls",
  title: "Calls",
  phase: "calls",
  figures: () => [
    ...LOADS.flatMap(({ atOnce }) => figuresAt(atOnce)),
    {
      key: "calls.refused",
      name: "calls refused",
      unit: "",
      isContext: true,
      goal: { of: "value", atMost: 0 },
    },
  ],
  async measure(running, { calls }) {
    const countOf = ({ part }: { part: number }): number => Math.max(1, Math.round(calls * part));
    const warm = await running.call({ count: countOf(WARM_UP), atOnce: WARM_UP.atOnce });
    let refused = warm.refused;
    const readings: Record<string, number> = {};
    for (const load of LOADS) {
      const count = countOf(load);
      const figures = await running.call({ count, atOnce: load.atOnce });
      refused += figures.refused;
      const put = (key: string, value: number): void => {
        readings[`calls.${load.atOnce}.${key}`] = value;
      };
      put("rate", count / (figures.wall / 1000));
      put("p50", figures.p50 * 1000);
      put("p99", figures.p99 * 1000);
      if (load.atOnce === 1) put("p999", figures.p999 * 1000);
      put("cpu", (figures.cpu * 1000) / count);
      put("hubCpu", (figures.hubCpu * 1000) / count);
      put("hub", (figures.hubCpu * 100) / figures.wall);
    }
    return { ...readings, "calls.refused": refused };
  },
};
