import { candidate, NETWORK_CANDIDATES, REFUSED_CANDIDATES } from "./contenders.ts";
import {
  type DeviceFigures,
  type HerdFigures,
  measureDevice,
  measureHerd,
  OUTAGES,
  type Outage,
} from "./measure.ts";
import type { WaitingPolicy } from "./policies.ts";
import type { NetworkTrial, RefusedTrial } from "./tables.ts";

/**
 * Connections a second: 100 is what a hub of the tier S1 admits up to eight units, 6,000 one unit of S3; more
 * units of S1 and those of S2 lie between.
 * @see https://learn.microsoft.com/azure/iot-hub/iot-hub-devguide-quotas-throttling
 */
export const RATES: readonly number[] = [100, 300, 1000, 6000];

/** How often one device alone is tried, unless somebody is in a hurry. */
export const TRIES = 20_000;

export interface ProgrammeOptions {
  readonly devices: number;
  readonly seed: number;
  /** How often one device alone is tried. */
  readonly tries: number;
  readonly policies: readonly WaitingPolicy[];
}

export interface Programme {
  readonly alone: readonly DeviceFigures[];
  readonly herds: readonly HerdFigures[];
  readonly network: readonly NetworkTrial[];
  readonly refused: readonly RefusedTrial[];
}

/** All that the page on the backoff stands on. */
export function runAll({ devices, seed, tries, policies }: ProgrammeOptions): Programme {
  const { cut, short, minute, half, long } = OUTAGES;
  const alone = (policy: WaitingPolicy, outage: Outage): DeviceFigures =>
    measureDevice({ tries, seed, policy, outage });
  const herd = (policy: WaitingPolicy, outage: Outage, admitted: number): HerdFigures =>
    measureHerd({ devices, seed, policy, outage, admitted });
  return {
    alone: [cut, short, minute, long].flatMap((outage) => policies.map((policy) => alone(policy, outage))),
    herds: [cut, half, long].flatMap((outage) =>
      RATES.flatMap((admitted) => policies.map((policy) => herd(policy, outage, admitted))),
    ),
    network: NETWORK_CANDIDATES.map((bounds) => {
      const policy = candidate("network", bounds);
      const devices = [cut, short, minute, long].map((outage) => alone(policy, outage));
      return { bounds, devices, herd: herd(policy, long, 1000) };
    }),
    refused: REFUSED_CANDIDATES.map((bounds) => ({
      bounds,
      herds: RATES.map((admitted) => herd(candidate("refused", bounds), cut, admitted)),
    })),
  };
}
