import { ofFleet } from "./select.ts";

/** A module is told with its device, as the hub does: `pi-1/camera`. The slash of a device without one goes again. */
export const withDeviceName = (series: string): string =>
  `label_replace(label_join(${series}, "device", "/", "device", "module"), "device", "$1", "device", "(.*)/")`;

const addressAsName = (series: string): string =>
  `label_replace(${series}, "device", "$1", "instance", "(.*)")`;

/**
 * What a series was last in the time that is shown. A look at each point of the graph costs the same over a week as over an
 * hour; every sample of a week would be too many for a fleet.
 */
const last = (series: string): string => `last_over_time(${series}[$__range:$__interval])`;

/**
 * What a device says of itself in labels: what it says now, else what it said last in the time that is shown, as a device
 * that is down says nothing. One series an instance, whatever changed in between: joins need that.
 */
const latest = (series: string, label: string): string =>
  `max by (instance, ${label}) (${series}) or on (instance) topk by (instance) (1, max by (instance, ${label}) (${last(series)}))`;

const INFO = ofFleet("hubhand_device_info");
const RUNNING_NOW = ofFleet("hubhand_build_info");

/** Agents that Prometheus has the metrics of now. */
export const RUNNING = `max by (instance) (${RUNNING_NOW})`;

/**
 * Agents that there are: those of the time that is shown, and targets of their jobs that have never answered. Where metrics
 * are pushed and `up` is not, those of the time that is shown.
 */
export const KNOWN = `(max by (instance) (${last(RUNNING_NOW)}) or max by (instance) (${ofFleet("up")}))`;

const NAMED_NOW = `max by (instance, device) (${withDeviceName(INFO)})`;

/** Instance and device of all that there are; its address for one that never said who it is. For a single moment. */
export const NAMES = `(${NAMED_NOW} or on (instance) topk by (instance) (1, max by (instance, device) (${withDeviceName(last(INFO))})) or on (instance) ${addressAsName(KNOWN)})`;

/** The same of those that run now, and cheaper: for graphs. */
const NAMES_NOW = `(${NAMED_NOW} or on (instance) ${addressAsName(RUNNING)})`;

/** Versions of all that there are. */
export const VERSIONS = latest(RUNNING_NOW, "version");

/** Puts the device's name on series that have an instance; for graphs. */
export const named = (expression: string): string =>
  `(${expression}) * on (instance) group_left (device) ${NAMES_NOW}`;

/** The same for a table, where devices that are down have their names too. */
export const namedInTable = (expression: string): string =>
  `(${expression}) * on (instance) group_left (device) ${NAMES}`;
