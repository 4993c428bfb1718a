import { table } from "../support/table.ts";
import { HUBS_A_SUBSCRIPTION, PROVISIONING, TIERS } from "./limits.ts";
import { dayOf, type Fleet, TALKATIVE, THRIFTY, USUAL } from "./loads.ts";
import { MEASURED } from "./measured.ts";
import {
  broadcastSeconds,
  type Plan,
  planOf,
  registrationHours,
  type SeriesFigures,
  shardsOf,
} from "./plan.ts";
import type { ReturnFigures } from "./return.ts";

const FLEETS: readonly Fleet[] = [USUAL, THRIFTY, TALKATIVE];
const SIZES = [10_000, 100_000, 1_000_000] as const;
const GIB = 2 ** 30;
const DAY = 86_400;

/** A server's other half is for queries, rules and compactions, which were not measured. */
export const SERIES: SeriesFigures = {
  seriesADevice: MEASURED.seriesADevice,
  bytesASeries: MEASURED.bytesASeries,
  memory: 32 * GIB,
  scrapeInterval: 60,
};

const whole = (value: number): string => Math.round(value).toLocaleString("en-GB");
const short = (value: number): string => (value < 10 ? value.toFixed(1) : whole(value));

/** Seconds, for people. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return "not in 1 h";
  if (seconds < 120) return `${Math.round(seconds)} s`;
  const minutes = seconds / 60;
  return minutes < 120 ? `${Math.round(minutes)} min` : `${(minutes / 60).toFixed(1)} h`;
}

/** A million devices as hubhand comes: the fewest hubs of each tier, and a quarter of the fleet in each of four. */
export const layouts = (): Plan[] => [
  ...Object.values(TIERS).map((tier) => planOf(USUAL, tier)),
  { ...planOf({ ...USUAL, devices: USUAL.devices / 4 }, TIERS.S3), fleet: USUAL, hubs: 4 },
];

export const layoutName = ({ hubs, tier, units }: Plan): string => `${hubs} × ${tier.name} with ${units}`;

/** Each part of the page that a program writes, by its name there. What is simulated is not among them. */
export const ARITHMETIC: Readonly<Record<string, () => string>> = {
  day: () =>
    table(
      ["a device in a day", ...FLEETS.map(({ name }) => name)],
      [
        row("messages that it sends", (day) => day.sends),
        row("connections", (day) => day.connections),
        row("readings of its twin", (day) => day.twinReads),
        row("direct methods", (day) => day.methods),
        row("counted by the hub, of 4 KB", (day) => day.messages),
        ["a million devices, in a second: sends", ...FLEETS.map((fleet) => aSecond(dayOf(fleet).sends))],
        ["… connections", ...FLEETS.map((fleet) => aSecond(dayOf(fleet).connections))],
        ["… readings of twins", ...FLEETS.map((fleet) => aSecond(dayOf(fleet).twinReads))],
      ],
    ),
  hubs: () =>
    table(
      ["devices", "fleet", ...Object.keys(TIERS)],
      SIZES.flatMap((devices) =>
        FLEETS.map((fleet) => [
          whole(devices),
          fleet.name,
          ...Object.values(TIERS).map((tier) => describe(planOf({ ...fleet, devices }, tier))),
        ]),
      ),
    ),
  broadcast: () =>
    table(
      ["hubs", "devices a hub", "a job to each device, in all hubs at once", "queries a minute, of a hub"],
      layouts().map((plan) => [
        layoutName(plan),
        whole(plan.devicesAHub),
        duration(broadcastSeconds(plan)),
        whole(plan.tier.queriesAMinute(plan.units)),
      ]),
    ),
  provisioning: () =>
    table(
      ["devices that register for the first time", "1 service", "5 services", "10 services"],
      SIZES.map((devices) => [
        whole(devices),
        ...[1, 5, PROVISIONING.services].map((services) =>
          duration(registrationHours(devices, services) * 3600),
        ),
      ]),
    ),
  prometheus: () =>
    table(
      ["devices", "series", "samples a second", "memory", "servers of 64 GiB, half full", "pushed, Mbit/s"],
      SIZES.map((devices) => {
        const shards = shardsOf(devices, SERIES);
        return [
          whole(devices),
          `${(shards.series / 1e6).toFixed(1)} M`,
          whole(shards.samplesASecond),
          `${whole(shards.memory / GIB)} GiB`,
          String(shards.shards),
          short((devices * MEASURED.pushBytes * 8) / 60 / 1e6),
        ];
      }),
    ),
};

/** After ten minutes without the region, as `simulateReturn` found. */
export function returnTable(all: readonly ReturnFigures[]): string {
  return table(
    [
      "hubs",
      "99 % online",
      "99 % have read their twin",
      "99 % have told how they are",
      "refused, a device: logins",
      "reads",
      "updates",
    ],
    all.map(({ plan, online, read, told, refused }) => [
      layoutName(plan),
      duration(online),
      duration(read),
      duration(told),
      refused.logins.toFixed(1),
      refused.reads.toFixed(1),
      refused.updates.toFixed(1),
    ]),
  );
}

const row = (name: string, of: (day: ReturnType<typeof dayOf>) => number): string[] => [
  name,
  ...FLEETS.map((fleet) => short(of(dayOf(fleet)))),
];

const aSecond = (aDay: number): string => whole((aDay * USUAL.devices) / DAY);

function describe({ hubs, units, bound }: Plan): string {
  const many = hubs > HUBS_A_SUBSCRIPTION ? ", more than a subscription has" : "";
  return `${hubs} × ${units} (${bound}${many})`;
}
