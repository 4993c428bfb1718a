import { DAY } from "../durations.ts";

/** An end that is nearer is told of. */
export const SOON_DAYS = 30;

export const RENEW = "Renew it; the new one is used without a restart.";

/** Whole days until a certificate ends; negative if it has ended. @param now milliseconds since 1970 */
export const daysLeft = (validTo: Date, now: number): number => Math.floor((validTo.getTime() - now) / DAY);
