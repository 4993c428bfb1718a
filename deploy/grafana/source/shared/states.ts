import { ofDevice, ofFleet, orZero, type Select } from "./select.ts";
import { KNOWN, RUNNING } from "./who.ts";

/** So many sessions that ended lately are no accident. Fewer than HubhandLinkFlapping wants: somebody looks already. */
export const FLAPPING_FROM = 3;

/**
 * It says that it is online, and the hub has not proved for three checks that calls reach it. Both times are the device's
 * own, so that a wrong clock makes nobody deaf.
 */
export function deafOf(select: Select): string {
  const of = (metric: string, ...labels: string[]) => `max by (instance) (${select(metric, ...labels)})`;
  const checked = of("hubhand_link_checked_timestamp_seconds");
  const interval = of("hubhand_link_check_interval_seconds");
  const online = of("hubhand_link_state", 'state="online"');
  return `(${of("hubhand_clock_timestamp_seconds")} - (${checked} > 0) > 3 * (${interval} > 0) and on (instance) ${online} == 1)`;
}

/**
 * As far back as HubhandLinkFlapping and HubhandIdentityConflict look, so that what alerts is seen here; and longer than the
 * patience in a conflict (two minutes, link.backoff.conflictMax), so that one that goes on is seen all the time.
 */
export const LATELY = "30m";

const ended = (classes: string): string =>
  `sum by (instance) (increase(${ofFleet("hubhand_link_failures_total", `class=~"${classes}"`)}[${LATELY}]))`;
const alive = (expression: string): string => `(${expression} and on (instance) ${RUNNING})`;
const online = `max by (instance) (${ofFleet("hubhand_link_state", 'state="online"')})`;

export const ONLINE = `(${online} == 1)`;
export const OFFLINE = `(${online} == 0)`;
export const DEAF = deafOf(ofFleet);
export const CONFLICT = alive(`${ended("conflict")} > 0`);
export const FLAPPING = alive(`${ended("lost|conflict")} >= ${FLAPPING_FROM}`);
export const DOWN = `(${KNOWN} unless on (instance) ${RUNNING})`;
const PLUGIN_DOWN = `(min by (instance) (${ofFleet("hubhand_plugin_up")}) == 0)`;

/** Who needs help, worst first: nobody else tells of a deaf device, so it comes before one that is down. */
export const TROUBLES = [
  { value: 6, text: "deaf", colour: "dark-red", series: DEAF },
  { value: 5, text: "conflict", colour: "purple", series: CONFLICT },
  { value: 4, text: "down", colour: "red", series: DOWN },
  { value: 3, text: "offline", colour: "orange", series: OFFLINE },
  { value: 2, text: "flapping", colour: "yellow", series: FLAPPING },
  { value: 1, text: "a plugin is down", colour: "blue", series: PLUGIN_DOWN },
] as const;

/** The worst trouble of each device that has one, as a number. */
export const TROUBLE = TROUBLES.map(({ value, series }) => `${series} * 0 + ${value}`).join(
  " or on (instance) ",
);

export const count = (states: string): string => orZero(`count(${states})`);

/** What the one device's link is in, as a number for a time line. */
export const LINK_STATES = [
  { value: 1, text: "online", colour: "green" },
  { value: 2, text: "connecting", colour: "yellow" },
  { value: 3, text: "waiting", colour: "orange" },
  { value: 4, text: "closing", colour: "blue" },
  { value: 5, text: "stopped", colour: "purple" },
  { value: 6, text: "deaf", colour: "dark-red" },
  { value: 7, text: "down", colour: "red" },
] as const;

const linkIs = (state: string, value: number): string =>
  `max by (instance) (${ofDevice("hubhand_link_state", `state="${state}"`)} == 1) * ${value}`;

export const LINK_STATE = [
  `${deafOf(ofDevice)} * 0 + 6`,
  ...LINK_STATES.slice(0, 5).map(({ text, value }) => linkIs(text, value)),
  `(max by (instance) (${ofDevice("up")}) == 0) + 7`,
].join(" or on (instance) ");
