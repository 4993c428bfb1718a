import { describe, expect, it } from "vitest";
import { TIERS } from "../../bench/fleet/limits.ts";
import { CHECKS_PER_READING, dayOf, REPLACED, TALKATIVE, THRIFTY, USUAL } from "../../bench/fleet/loads.ts";
import { broadcastSeconds, planOf, registrationHours, returnSeconds } from "../../bench/fleet/plan.ts";
import { loadConfig } from "../../src/config/index.ts";
import { RENEWAL } from "../../src/link/link.ts";
import { CHECKS_PER_READING as CHECKS_OF_TWIN } from "../../src/twin/sync.ts";

const HOUR = 3600;

describe("a day of a device", () => {
  it("as it comes is what the configuration says when nobody sets anything", () => {
    const { link, schedule } = loadConfig({ env: {}, cwd: import.meta.dirname }).values;
    expect(USUAL.tokenLifetime * 1000).toBe(link.tokenLifetime);
    expect(USUAL.subscriptionCheck * 1000).toBe(link.subscriptionCheck);
    expect(USUAL.heartbeat * 1000).toBe(schedule.heartbeat);
    expect(REPLACED).toEqual({ from: RENEWAL.earliest, to: RENEWAL.latest });
    expect(CHECKS_PER_READING).toBe(CHECKS_OF_TWIN);
  });

  it("has a connection for each session and a reading with it, and no other as it comes", () => {
    const { connections, twinReads, messages } = dayOf(USUAL);
    expect(connections).toBeCloseTo(24 / 0.55, 5);
    expect(twinReads).toBe(connections);
    expect(messages).toBeCloseTo(96 + connections + 2, 5);
  });

  it("has a reading at every fourth check in sessions that last longer than that", () => {
    const day = dayOf({ ...USUAL, tokenLifetime: 24 * HOUR, subscriptionCheck: HOUR });
    // Sessions of 10.8 to 15.6 hours: two readings after the first in those up to 12 hours, else three.
    expect(day.twinReads / day.connections).toBeCloseTo(1 + (2 * 1.2 + 3 * 3.6) / 4.8, 2);
    expect(dayOf({ ...USUAL, tokenLifetime: Infinity }).twinReads).toBeCloseTo(36, 5);
  });

  it("counts a twin of more than 4 KB twice", () => {
    expect(dayOf({ ...USUAL, twinBytes: 5000 }).messages - dayOf(USUAL).messages).toBeCloseTo(24 / 0.55, 5);
  });
});

describe("hubs and units", () => {
  it("a small fleet takes one unit, and the units of a larger one are enough and not one too many", () => {
    expect(planOf({ ...USUAL, devices: 1000 }, TIERS.S1)).toMatchObject({ hubs: 1, units: 1 });
    const fleet = { ...TALKATIVE, devices: 50_000 };
    const { hubs, units } = planOf(fleet, TIERS.S1);
    const messages = dayOf(fleet).messages * fleet.devices;
    expect(hubs * units * 400_000).toBeGreaterThanOrEqual(messages);
    expect(hubs * (units - 1) * 400_000).toBeLessThan(messages);
  });

  it("S1 is cut into hubs by readings of twins, which no unit buys", () => {
    const { hubs, devicesAHub } = planOf(USUAL, TIERS.S1);
    expect(hubs).toBeGreaterThan(1);
    expect((devicesAHub * dayOf(USUAL).twinReads) / 86_400).toBeLessThanOrEqual(50);
  });

  it("no hub has more than a million devices", () => {
    expect(planOf({ ...THRIFTY, devices: 1_000_001 }, TIERS.S3).hubs).toBe(2);
  });
});

it("tells how long a job, a return and a first registration take at least", () => {
  const plan = planOf({ ...USUAL, devices: 100_000 }, TIERS.S3);
  expect(broadcastSeconds(plan)).toBe(2000);
  expect(returnSeconds(plan)).toEqual({ connections: 100_000 / 6000, twinReads: 200, twinUpdates: 400 });
  expect(registrationHours(60_000, 1)).toBe(1);
});
