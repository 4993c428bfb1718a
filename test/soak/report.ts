import { table } from "../../bench/support/table.ts";
import { WATCHED_NAMES } from "./memory.ts";
import type { SoakResult } from "./soak.ts";
import type { CallClass } from "./verdict.ts";

const IN_WORDS: Readonly<Record<CallClass, string>> = {
  answered: "answered exactly once",
  offline: "refused by the hub: the device is offline",
  unwelcome: "refused by the hub: the device is disabled or deleted",
  hubAway: "not taken: the hub itself was away",
  cut: "cut: on the wire of a connection that a fault destroyed",
  lost: "lost (must be 0)",
  doubled: "doubled (must be 0)",
  wrong: "answered or refused wrongly (must be 0)",
};

/** Why the soak failed, one sentence each; none if it passed. */
export function failuresOf({ calls, memory, problems }: SoakResult): string[] {
  const { lost, doubled, wrong } = calls.counts;
  const leaks = WATCHED_NAMES.filter((name) => memory[name].isLeak);
  return [
    ...problems,
    ...(lost > 0 ? [`${lost} calls were lost`] : []),
    ...(doubled > 0 ? [`${doubled} calls were doubled`] : []),
    ...(wrong > 0 ? [`${wrong} calls ended wrongly`] : []),
    ...(calls.strayReplies.length > 0
      ? [`the agent sent ${calls.strayReplies.length} replies to nothing`]
      : []),
    ...leaks.map(
      (name) => `${name} grows: ${memory[name].trend?.perHour.toFixed(1)} ${memory[name].unit} an hour`,
    ),
  ];
}

/** The report for a person. */
export function printReport(result: SoakResult, title: string): string {
  const { calls, episodes, reconnects } = result;
  const returns = episodes.map(({ backAfter }) => backAfter / 1000).sort((a, b) => a - b);
  const seconds = (value: number | undefined): string =>
    value === undefined ? "-" : `${value.toFixed(1)} s`;
  const rows = (Object.keys(IN_WORDS) as CallClass[]).map((each) => [
    IN_WORDS[each],
    String(calls.counts[each]),
  ]);
  const offences = calls.offences
    .slice(0, 20)
    .map(({ class: kind, why, ...facts }) => `${kind}: ${why} ${JSON.stringify(facts)}`);
  const failures = failuresOf(result);
  return [
    title,
    table(["calls", String(calls.made)], rows),
    table(
      ["faults", "reconnects", "back after: median", "slowest"],
      [
        [
          String(episodes.length),
          String(reconnects),
          seconds(returns[Math.floor(returns.length / 2)]),
          seconds(returns.at(-1)),
        ],
      ],
    ),
    table(
      ["last two thirds", "from", "to", "grew by", "for certain", "allowed", "an hour"],
      WATCHED_NAMES.map((name) => memoryRow(name, result)),
    ),
    ...offences,
    failures.length === 0 ? "passed" : `FAILED: ${failures.join("; ")}`,
  ].join("\n\n");
}

function memoryRow(name: (typeof WATCHED_NAMES)[number], { memory }: SoakResult): string[] {
  const { unit, trend, allowance } = memory[name];
  const title = unit === "" ? name : `${name}, ${unit}`;
  if (trend === undefined) return [title, "too short to tell"];
  const { low, high, growth, certainGrowth, perHour } = trend;
  return [
    title,
    ...[low, high, growth, Math.max(0, certainGrowth), allowance, perHour].map((value) => value.toFixed(1)),
  ];
}
