import { setTimeout as sleep } from "node:timers/promises";
import type { Device } from "./device.ts";

const SECOND = 1000;
/** A device that is not back by then has given up, or might as well have. */
const LIMIT = 120 * SECOND;
const SILENCE_LIMIT = 420 * SECOND;

/** In the order of the table. */
export const SCENARIOS = [
  "cut",
  "away 12-65 s",
  "away 6 min",
  "half-open: noticed",
  "half-open: back",
] as const;
export type Scenario = (typeof SCENARIOS)[number];

/** Told each figure, in milliseconds: Infinity is one that did not come in time. */
export type Tell = (scenario: Scenario, contender: string, milliseconds: number) => void;

export interface Plan {
  /** How long a device is left in peace before each fault, at least: hubhand's link.stableAfter is 60 s. */
  readonly peace: number;
  /** And by how much that differs from device to device, at most. */
  readonly spread: number;
  readonly cuts: number;
  readonly outages: number;
}

const TWELVE_TO_65 = (): number => (12 + Math.random() * 53) * SECOND;
const SIX_MINUTES = (): number => 360 * SECOND;

/** Devices are not hit at the same moment: one that comes back would wait for the processor of another. */
const peaceful = (plan: Plan): Promise<void> => sleep(plan.peace + Math.random() * plan.spread);

/** From the cut on, as the hub is there all the time. */
export async function cuts(device: Device, plan: Plan, tell: Tell): Promise<void> {
  for (let times = 0; times < plan.cuts; times += 1) {
    await peaceful(plan);
    const back = device.back(LIMIT);
    device.door.cut();
    tell("cut", device.contender, await back);
  }
}

async function away(device: Device, milliseconds: number): Promise<number> {
  await device.door.shut();
  await sleep(milliseconds);
  await device.door.open();
  return device.back(LIMIT);
}

/** From the hub's return on; while it was away connections were refused. */
export async function outages(device: Device, plan: Plan, tell: Tell): Promise<void> {
  for (let times = 0; times < plan.outages; times += 1) {
    await peaceful(plan);
    tell("away 12-65 s", device.contender, await away(device, TWELVE_TO_65()));
  }
}

export async function longOutage(device: Device, plan: Plan, tell: Tell): Promise<void> {
  await peaceful(plan);
  tell("away 6 min", device.contender, await away(device, SIX_MINUTES()));
}

/** From the hub's last word until the device has ended the connection, and from there until it is back. */
export async function silence(device: Device, plan: Plan, tell: Tell): Promise<void> {
  await sleep(plan.peace + Math.random() * 60 * SECOND);
  const since = performance.now();
  const late = sleep(SILENCE_LIMIT).then(() => false);
  const noticed = await Promise.race([device.door.fallSilent().then(() => true), late]);
  tell(
    "half-open: noticed",
    device.contender,
    noticed ? performance.now() - since : Number.POSITIVE_INFINITY,
  );
  if (noticed) tell("half-open: back", device.contender, await device.back(LIMIT));
}
