import type { Sight } from "./fault.ts";

/** A connection that was online ended: the other side said so, or a write found nobody. */
export const LOST: Sight = { class: "lost", reason: /^(closed-online|ECONNRESET|EPIPE)$/ };

/** A connection that was online was found dead: pings had no answer. */
export const DEAD: Sight = { class: "lost", reason: "keepalive" };

/** The other side lets each session in, and ends it soon. */
export const RIVAL: Sight = { class: "conflict", reason: "taken-over" };

/** Nobody listens. */
export const NOBODY: Sight = { class: "network", reason: "ECONNREFUSED" };

/** The connection ended before TLS stood. */
export const BROKEN_OFF: Sight = { class: "network", reason: /^(closed-dialing|ECONNRESET|EPIPE)$/ };

/** TLS did not come to stand in time. */
export const SILENCE: Sight = { class: "network", reason: "timeout-dialing" };

/** A login that was refused for a wrong clock, which is right again when it is looked at. */
export const JUST_SET: Sight = { class: "unauthorized", reason: "connack-5" };

/** Attempts into nowhere take as long as they may, and a test has not got the time: configuration for those. */
export const SHORT_ATTEMPTS = {
  HUBHAND_LINK_DIAL_TIMEOUT: "1s",
  HUBHAND_LINK_CONNECT_TIMEOUT: "1s",
} as const;
