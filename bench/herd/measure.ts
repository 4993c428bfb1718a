import { MINUTE, SECOND } from "../../src/durations.ts";
import type { WaitingPolicy } from "./policies.ts";
import { seededRandom } from "./seeded-random.ts";
import { type HerdResult, simulateHerd } from "./simulate.ts";

/** What a hub admits is given for a fleet of this size; a smaller one has a hub that admits less. */
export const FLEET = 100_000;

/** How long the hub's return is watched. */
export const WATCH = 60 * MINUTE;

export interface Outage {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

const outage = (name: string, from: number, to = from): Outage => ({ name, from, to });

export const OUTAGES = {
  cut: outage("a cut", 0),
  short: outage("12-65 s", 12 * SECOND, 65 * SECOND),
  minute: outage("65 s", 65 * SECOND),
  half: outage("30 s", 30 * SECOND),
  long: outage("10 min", 10 * MINUTE),
} as const;

export interface Run {
  readonly devices: number;
  readonly seed: number;
  readonly policy: WaitingPolicy;
  readonly outage: Outage;
  /** Connections a second, for a fleet of `FLEET`. */
  readonly admitted: number;
}

/** Lets one herd run. The same run gives the same result. */
export function runHerd({ devices, seed, policy, outage, admitted }: Run): HerdResult {
  const rate = (admitted * devices) / FLEET;
  return simulateHerd({
    devices,
    policy,
    outage,
    admitted: rate,
    watch: WATCH,
    random: seededRandom(seed),
  });
}

/** A herd's return in figures; null: it did not happen while the hub was watched. */
export interface HerdFigures {
  readonly policy: string;
  readonly outage: string;
  readonly admitted: number;
  /** Seconds after the hub's return. */
  readonly until99: number | null;
  /** The same, as a multiple of what a hub needs that never waits for a device. */
  readonly ratio: number | null;
  /** Most attempts in one second after the hub's return. */
  readonly peak: number;
  readonly refused: number;
  readonly refusedPerDevice: number;
  /** Part of the fleet that is back when the watch ends, from 0 to 1. */
  readonly back: number;
}

export function measureHerd(run: Run): HerdFigures {
  const { devices, admitted } = run;
  const { back, attempts, refused } = runHerd(run);
  const wanted = Math.ceil(0.99 * devices);
  const rate = (admitted * devices) / FLEET;
  const last = back[wanted - 1];
  const until99 = last === undefined ? null : last / SECOND;
  return {
    policy: run.policy.name,
    outage: run.outage.name,
    admitted,
    until99,
    ratio: until99 === null ? null : until99 / quickest(wanted, rate),
    peak: attempts.reduce((most, count) => Math.max(most, count), 0),
    refused,
    refusedPerDevice: refused / devices,
    back: back.length / devices,
  };
}

/** Seconds that a hub takes for so many: the first second's worth is admitted at once. */
export function quickest(devices: number, rate: number): number {
  return Math.max(0, devices - rate) / rate;
}

/** How soon one device alone is back, of many tries; seconds after the hub's return. */
export interface DeviceFigures {
  readonly policy: string;
  readonly outage: string;
  readonly median: number | null;
  readonly slowest5: number | null;
  /** Attempts while there was no hub to reach. */
  readonly inVain: number;
}

/** Each device of this herd is alone: the hub admits whoever comes. */
export function measureDevice(run: Omit<Run, "admitted" | "devices"> & { tries: number }): DeviceFigures {
  const { tries, ...rest } = run;
  const { back, inVain } = runHerd({ ...rest, devices: tries, admitted: Number.POSITIVE_INFINITY });
  const after = (part: number): number | null => {
    const milliseconds = back[Math.ceil(part * tries) - 1];
    return milliseconds === undefined ? null : milliseconds / SECOND;
  };
  return {
    policy: run.policy.name,
    outage: run.outage.name,
    median: after(0.5),
    slowest5: after(0.95),
    inVain: inVain / tries,
  };
}
