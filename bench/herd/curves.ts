import type { HerdResult } from "./simulate.ts";

const POINTS = 60;

export interface Line {
  readonly name: string;
  /** One of the colours below, so that the words under a chart can name it. */
  readonly colour: keyof typeof COLOURS;
  readonly values: readonly number[];
}

export interface Chart {
  readonly title: string;
  readonly seconds: number;
  readonly unit: string;
  readonly top: number;
  readonly lines: readonly Line[];
}

/** Told apart by most eyes, on white and on black. */
const COLOURS = { grey: "#999999", blue: "#0072b2", orange: "#d55e00", green: "#009e73" } as const;

/** Percent of the devices that are back, from the hub's return on. */
export function backOverTime({ back }: HerdResult, devices: number, seconds: number): number[] {
  let online = 0;
  return momentsOf(seconds).map((moment) => {
    while (online < back.length && (back[online] ?? 0) <= moment * 1000) online += 1;
    return (100 * online) / devices;
  });
}

/** Percent that are back if the hub is never without somebody to admit. */
export function quickestOverTime(admittedPart: number, seconds: number): number[] {
  return momentsOf(seconds).map((moment) => Math.min(100, 100 * admittedPart * (moment + 1)));
}

/** Attempts a second, each point the mean since the one before. */
export function attemptsOverTime({ attempts }: HerdResult, seconds: number): number[] {
  const step = Math.max(1, Math.round(seconds / POINTS));
  return Array.from({ length: Math.floor(seconds / step) }, (_, index) => {
    const part = attempts.slice(index * step, (index + 1) * step);
    return part.reduce((sum, count) => sum + count, 0) / step;
  });
}

const momentsOf = (seconds: number): number[] =>
  Array.from({ length: POINTS + 1 }, (_, index) => (index * seconds) / POINTS);

/** A chart as GitHub draws it from Markdown, and what its colours mean, as it knows no legend. */
export function mermaid({ title, seconds, unit, top, lines }: Chart): string {
  const palette = lines.map(({ colour }) => COLOURS[colour]).join(", ");
  return [
    "```mermaid",
    "---",
    "config:",
    "  themeVariables:",
    "    xyChart:",
    `      plotColorPalette: "${palette}"`,
    "---",
    "xychart-beta",
    `  title "${title}"`,
    `  x-axis "seconds since the hub returned" 0 --> ${seconds}`,
    `  y-axis "${unit}" 0 --> ${top}`,
    ...lines.map(
      ({ values }) => `  line [${values.map((value) => Number(value.toPrecision(3))).join(", ")}]`,
    ),
    "```",
    "",
    `${lines.map(({ name, colour }) => `${colour}: ${name}`).join("; ")}.`,
  ].join("\n");
}
