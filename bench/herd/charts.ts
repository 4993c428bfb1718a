import { SECOND } from "../../src/durations.ts";
import { candidate, defaultBounds } from "./contenders.ts";
import {
  attemptsOverTime,
  backOverTime,
  type Chart,
  type Line,
  mermaid,
  quickestOverTime,
} from "./curves.ts";
import { FLEET, OUTAGES, type Outage, runHerd } from "./measure.ts";
import type { WaitingPolicy } from "./policies.ts";
import type { ProgrammeOptions } from "./programme.ts";

/** The curves, each a block of Markdown. */
export function drawCharts({ devices, seed, policies }: Omit<ProgrammeOptions, "tries">): string[] {
  const { cut, long } = OUTAGES;
  const colours = ["blue", "orange", "green"] as const;
  const name = (policy: WaitingPolicy) => (policy.name === "plain" ? "doubling without jitter" : policy.name);
  const run = (policy: WaitingPolicy, outage: Outage, admitted: number) =>
    runHerd({ devices, seed, policy, outage, admitted });
  const back = (outage: Outage, admitted: number, seconds: number): Chart => ({
    title: `Back after ${outage.name}, ${admitted} admitted a second`,
    seconds,
    unit: "devices back, percent",
    top: 100,
    lines: [
      { name: "what the hub admits", colour: "grey", values: quickestOverTime(admitted / FLEET, seconds) },
      ...policies.map((policy, index): Line => {
        const values = backOverTime(run(policy, outage, admitted), devices, seconds);
        return { name: name(policy), colour: colours[index] ?? "grey", values };
      }),
    ],
  });
  const attempts = policies.slice(0, 2).map((policy, index): Line => {
    const values = attemptsOverTime(run(policy, cut, 1000), 120);
    return { name: name(policy), colour: colours[index] ?? "grey", values };
  });
  const growth = [1.1, defaultBounds("refused").growth, 2].map((growth, index): Line => {
    const policy = candidate("refused", { ...defaultBounds("refused"), growth });
    const values = backOverTime(run(policy, cut, 1000), devices, 240);
    return { name: `growth ${growth}`, colour: colours[index] ?? "grey", values };
  });
  const charts: Chart[] = [
    back(cut, 1000, 300),
    back(cut, 100, 1500),
    back(long, 1000, 300),
    {
      title: "Attempts after a cut, 1000 admitted a second",
      seconds: 120,
      unit: "attempts a second",
      top: Math.ceil(Math.max(...attempts.flatMap(({ values }) => values)) / SECOND) * SECOND,
      lines: attempts,
    },
    {
      title: "Growth after refusals: back after a cut, 1000 admitted a second",
      seconds: 240,
      unit: "devices back, percent",
      top: 100,
      lines: growth,
    },
  ];
  return charts.map(mermaid);
}
