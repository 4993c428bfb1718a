import { HOUR, MINUTE, parseDuration } from "../durations.ts";
import { HubhandError } from "../errors.ts";
import { LINE_LEVELS } from "./log-levels.ts";

const USUAL_MS = 10 * MINUTE;
const LONGEST_MS = 24 * HOUR;

/** What the level of the log may be changed to for a while; `configured`: back to what it was, now. */
export const CHANGED_LEVELS = [...LINE_LEVELS, "configured"] as const;

/**
 * For how long, in milliseconds, as whoever changes it wrote it; 10 minutes if not at all.
 * @throws HubhandError PAYLOAD_INVALID
 */
export function lengthOfChange(text?: unknown): number {
  if (text === undefined) return USUAL_MS;
  const milliseconds = typeof text === "string" ? parseDuration(text) : undefined;
  if (milliseconds !== undefined && milliseconds > 0 && milliseconds <= LONGEST_MS) return milliseconds;
  const message = 'must be a duration like "10m", at most "24h"';
  const details = { path: "/for", rule: "format", message };
  throw new HubhandError("PAYLOAD_INVALID", `the payload at /for ${message}`, { details });
}
