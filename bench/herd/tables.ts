import { printDuration } from "../../src/durations.ts";
import type { BackoffBounds } from "../../src/full-jitter.ts";
import { table } from "../support/table.ts";
import type { DeviceFigures, HerdFigures } from "./measure.ts";

/** Bounds that were tried, and what came of them. */
export interface NetworkTrial {
  readonly bounds: BackoffBounds;
  readonly devices: readonly DeviceFigures[];
  /** After ten minutes, at a thousand admissions a second. */
  readonly herd: HerdFigures;
}

export interface RefusedTrial {
  readonly bounds: BackoffBounds;
  /** After a cut, one for each rate of admission. */
  readonly herds: readonly HerdFigures[];
}

/** Null: it did not happen while the hub was watched, which is an hour. */
const decimal = (value: number | null, digits: number): string => value?.toFixed(digits) ?? "not in 1 h";
const count = (value: number): string => value.toLocaleString("en-GB");
const printBounds = ({ base, growth, max }: BackoffBounds): string =>
  `${printDuration(base)}, × ${growth}, ${printDuration(max)}`;

export function deviceTable(rows: readonly DeviceFigures[]): string {
  return table(
    ["outage", "policy", "half are back, s", "95 % are back, s", "attempts in vain"],
    rows.map(({ outage, policy, median, slowest5, inVain }) => [
      outage,
      policy,
      decimal(median, 1),
      decimal(slowest5, 1),
      decimal(inVain, 1),
    ]),
  );
}

export function herdTable(rows: readonly HerdFigures[]): string {
  return table(
    ["outage", "admitted/s", "policy", "99 % back, s", "ratio", "peak/s", "refused", "a device", "back"],
    rows.map((row) => [
      row.outage,
      count(row.admitted),
      row.policy,
      decimal(row.until99, 0),
      decimal(row.ratio, 2),
      count(row.peak),
      count(row.refused),
      decimal(row.refusedPerDevice, 1),
      `${(100 * row.back).toFixed(0)} %`,
    ]),
  );
}

export function networkTable(trials: readonly NetworkTrial[]): string {
  const outages = trials[0]?.devices.map(({ outage }) => outage) ?? [];
  return table(
    ["bounds", ...outages.map((name) => `median after ${name}`), "attempts in vain", "peak/s"],
    trials.map(({ bounds, devices, herd }) => [
      printBounds(bounds),
      ...devices.map(({ median }) => `${decimal(median, 1)} s`),
      devices.map(({ inVain }) => decimal(inVain, 0)).join(" / "),
      count(herd.peak),
    ]),
  );
}

export function refusedTable(trials: readonly RefusedTrial[]): string {
  const rates = trials[0]?.herds.map(({ admitted }) => admitted) ?? [];
  return table(
    ["bounds", ...rates.map((rate) => `${count(rate)}/s`)],
    trials.map(({ bounds, herds }) => [
      printBounds(bounds),
      ...herds.map(({ ratio, refusedPerDevice }) => `${decimal(ratio, 2)} (${decimal(refusedPerDevice, 1)})`),
    ]),
  );
}
