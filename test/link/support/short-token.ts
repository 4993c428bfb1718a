import { quickClock } from "../../support/time/quick-clock.ts";

/** For the hub and the SDK a token is good for four seconds; the link replaces each session after half a second. */
export const SHORT_TOKEN = {
  tokenLifetime: 4_000,
  clock: quickClock(4),
  dialTimeout: 20_000,
  connectTimeout: 20_000,
  closeTimeout: 2_000,
};
