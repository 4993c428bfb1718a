import { SECOND } from "../../src/durations.ts";
import { TWIN_BACKOFF } from "../../src/twin/reporter.ts";
import { contenders } from "../herd/contenders.ts";
import { OUTAGES, WATCH } from "../herd/measure.ts";
import { seededRandom } from "../herd/seeded-random.ts";
import { simulateHerd } from "../herd/simulate.ts";
import type { Plan } from "./plan.ts";
import { simulateThrottled } from "./throttled.ts";

export interface ReturnFigures {
  readonly plan: Plan;
  /** Seconds after the hub's return until 99 of 100 are online, have read their twin, and have told how they are. */
  readonly online: number;
  readonly read: number;
  readonly told: number;
  /** For each device, and of each of the three. */
  readonly refused: { readonly logins: number; readonly reads: number; readonly updates: number };
}

/** A region was away for ten minutes, and all devices of a hub come back to it; the hubs of a fleet are alike. */
export function simulateReturn(plan: Plan, { seed = 1 } = {}): ReturnFigures {
  const { tier, units, devicesAHub: devices } = plan;
  const random = seededRandom(seed);
  const [policy] = contenders();
  if (policy === undefined) throw new Error("there is no policy");
  const admitted = tier.connectionsASecond(units);
  const herd = simulateHerd({
    devices,
    policy,
    admitted,
    outage: OUTAGES.long,
    watch: WATCH,
    random,
  });
  const bounds = TWIN_BACKOFF;
  const reads = simulateThrottled({
    arrivals: herd.back,
    rate: tier.twinReadsASecond(units),
    bounds,
    random,
  });
  const updates = simulateThrottled({
    arrivals: reads.answered,
    rate: tier.twinUpdatesASecond(units),
    bounds,
    random,
  });
  const until99 = (times: Float64Array): number =>
    (times[Math.ceil(0.99 * devices) - 1] ?? Number.POSITIVE_INFINITY) / SECOND;
  return {
    plan,
    online: until99(herd.back),
    read: until99(reads.answered),
    told: until99(updates.answered),
    refused: {
      logins: herd.refused / devices,
      reads: reads.refused / devices,
      updates: updates.refused / devices,
    },
  };
}
