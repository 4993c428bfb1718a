import { MINUTE, SECOND } from "../../durations.ts";
import type { RegistrationProblem } from "./registration-failure.ts";

/** The longest that a device stays away because it was told to. */
const LONGEST_RETRY_MS = 15 * MINUTE;

/** Between two questions how far an assignment has come. The service's own is 3 s; one that is no number counts as that. */
const POLLING_SECONDS = { shortest: 1, usual: 3, longest: 60 };

/** `$dps/registrations/res/429/?$rid=…&retry-after=5`: the SDK would wait and ask again, for ever. */
export function parseThrottling(topic: string): RegistrationProblem["throttled"] {
  const { status, query } = parseTopic(topic) ?? {};
  if (query === undefined || !(Number(status) >= 429)) return undefined;
  const wait = Number(query.get("retry-after")) * SECOND;
  const isTold = Number.isFinite(wait) && wait > 0;
  return { status: Number(status), ...(isTold ? { retryAfter: Math.min(wait, LONGEST_RETRY_MS) } : {}) };
}

/**
 * The topic of an answer as the SDK may see it. Between two questions it waits for whatever `retry-after` says: with 0,
 * less, more than a timer can wait or no number at all it would ask some thirty times a second.
 */
export function pacedTopic(topic: string): string {
  const { status, query } = parseTopic(topic) ?? {};
  const told = query?.getAll("retry-after") ?? [];
  if (query === undefined || told.length === 0) return topic;
  const { shortest, usual, longest } = POLLING_SECONDS;
  const [first = ""] = told;
  const seconds = first.trim() === "" ? Number.NaN : Number(first);
  const paced = Number.isNaN(seconds) ? usual : Math.min(Math.max(seconds, shortest), longest);
  if (told.length === 1 && paced === seconds) return topic;
  query.set("retry-after", String(paced));
  return `$dps/registrations/res/${status}/?${query}`;
}

/** As the SDK reads it (azure-iot-provisioning-device-mqtt 1.8, `responseHandler`). */
function parseTopic(topic: string): { status: string; query: URLSearchParams } | undefined {
  const [, status, query] = /^\$dps\/registrations\/res\/(.*)\/\?(.*)$/.exec(topic) ?? [];
  if (status === undefined || query === undefined) return undefined;
  return { status, query: new URLSearchParams(query) };
}
