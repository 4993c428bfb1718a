import { DEVICES_A_HUB, PROVISIONING, type Tier } from "./limits.ts";
import { type DayOfDevice, dayOf, type Fleet } from "./loads.ts";

const DAY = 86_400;
/** Of each limit so much is planned for: the day has hours that are busier than others. */
const ROOM = 0.5;

/** What a hub of so many units can bear for each of its devices, by what is limited; the least of it counts. */
function devicesBy(tier: Tier, units: number, day: DayOfDevice): Record<string, number> {
  const aSecond = (limit: number, aDay: number): number =>
    aDay === 0 ? Infinity : (limit * DAY * ROOM) / aDay;
  return {
    "devices a hub": DEVICES_A_HUB,
    "messages a day": day.messages === 0 ? Infinity : tier.messagesADay(units) / day.messages,
    connections: aSecond(tier.connectionsASecond(units), day.connections),
    sends: aSecond(tier.sendsASecond(units), day.sends),
    "twin reads": aSecond(tier.twinReadsASecond(units), day.twinReads),
    "twin updates": aSecond(tier.twinUpdatesASecond(units), 2 * day.twinUpdates),
    methods: aSecond(tier.methodsASecond(units), day.methods),
  };
}

export interface Plan {
  readonly fleet: Fleet;
  readonly tier: Tier;
  readonly hubs: number;
  /** Of each hub. */
  readonly units: number;
  readonly devicesAHub: number;
  /** What would give first if the fleet grew. */
  readonly bound: string;
}

/** The fewest hubs of this tier that bear the fleet, and the fewest units of each. */
export function planOf(fleet: Fleet, tier: Tier): Plan {
  const day = dayOf(fleet);
  const most = (units: number) => least(devicesBy(tier, units, day));
  const hubs = Math.max(1, Math.ceil(fleet.devices / most(tier.mostUnits).value));
  const devicesAHub = Math.ceil(fleet.devices / hubs);
  let units = 1;
  while (units < tier.mostUnits && most(units).value < devicesAHub) units += 1;
  return { fleet, tier, hubs, units, devicesAHub, bound: most(units).name };
}

function least(all: Readonly<Record<string, number>>): { name: string; value: number } {
  const [first = ["", 0], ...others] = Object.entries(all);
  const [name, value] = others.reduce((one, other) => (other[1] < one[1] ? other : one), first);
  return { name, value };
}

/** Seconds that a job takes to turn to each device of the fleet, in all hubs at once. */
export const broadcastSeconds = ({ tier, units, devicesAHub }: Plan): number =>
  devicesAHub / tier.jobDevicesASecond(units);

/** Seconds until the last of them is back, by what each needs of its hub when all come at once, if nobody waits in vain. */
export function returnSeconds({ tier, units, devicesAHub }: Plan) {
  return {
    connections: devicesAHub / tier.connectionsASecond(units),
    twinReads: devicesAHub / tier.twinReadsASecond(units),
    twinUpdates: devicesAHub / tier.twinUpdatesASecond(units),
  };
}

/** Hours until so many devices have registered for the first time. */
export const registrationHours = (devices: number, services: number): number =>
  devices / (services * PROVISIONING.registrationsAMinute) / 60;

/** Measured: bytes resident in Prometheus for each series (bench/fleet/prometheus.ts). */
export interface SeriesFigures {
  readonly seriesADevice: number;
  readonly bytesASeries: number;
  /** Of one Prometheus for its series, in bytes. */
  readonly memory: number;
  /** Seconds. */
  readonly scrapeInterval: number;
}

/** How many Prometheus servers hold a fleet's series. */
export function shardsOf(devices: number, figures: SeriesFigures) {
  const { seriesADevice, bytesASeries, memory, scrapeInterval } = figures;
  const series = devices * seriesADevice;
  return {
    series,
    memory: series * bytesASeries,
    samplesASecond: series / scrapeInterval,
    shards: Math.ceil((series * bytesASeries) / memory),
  };
}
