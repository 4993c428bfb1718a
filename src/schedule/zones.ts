import { SECOND } from "../durations.ts";

/** How far a zone's clocks are ahead of UTC at a time, in milliseconds. */
export type OffsetAt = (time: number) => number;

/**
 * Finds that for a time zone: an IANA name, or undefined for the machine's.
 * @throws RangeError if there is no such zone
 */
export type Zones = (timezone: string | undefined) => OffsetAt;

/** Each zone once: the format that knows its clocks takes 35 KB, and a device may have a thousand tasks. */
export function createZones(): Zones {
  const known = new Map<string | undefined, OffsetAt>();
  return (timezone) => {
    const offsetAt = known.get(timezone) ?? zoneOffsets(timezone);
    known.set(timezone, offsetAt);
    return offsetAt;
  };
}

function zoneOffsets(timezone: string | undefined): OffsetAt {
  const format = new Intl.DateTimeFormat("en-US", {
    ...(timezone === undefined ? {} : { timeZone: timezone }),
    calendar: "gregory",
    numberingSystem: "latn",
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  return (time) => {
    const parts: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {};
    for (const { type, value } of format.formatToParts(time)) parts[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
    return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(time / SECOND) * SECOND;
  };
}
