import { parseDuration, SECOND } from "../../durations.ts";
import { HubhandError } from "../../errors.ts";

/** Seconds. */
interface Range {
  readonly min: number;
  readonly max: number;
}

/** The value of a flag, in milliseconds. @throws HubhandError CALL_INVALID */
export function readDuration(flag: string, written: string): number {
  const milliseconds = parseDuration(written);
  if (milliseconds !== undefined) return milliseconds;
  throw new HubhandError(
    "CALL_INVALID",
    `${flag} is ${JSON.stringify(written)}; expected a number and its unit, as "30s" or "2m".`,
  );
}

/** The value of a flag that the hub takes in whole seconds. @throws HubhandError CALL_INVALID */
export function readSeconds(flag: string, written: string, { min, max }: Range): number {
  const seconds = (parseDuration(written) ?? Number.NaN) / SECOND;
  if (Number.isInteger(seconds) && seconds >= min && seconds <= max) return seconds;
  throw new HubhandError(
    "CALL_INVALID",
    `${flag} is ${JSON.stringify(written)}; expected whole seconds from ${min}s to ${max}s, as "30s" or "2m".`,
  );
}
