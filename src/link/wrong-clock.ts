import { request } from "node:https";
import { type Clock, waitAtMost } from "../clock.ts";
import { MINUTE } from "../durations.ts";
import { requestAgent } from "./dialing.ts";
import type { Failure } from "./failure.ts";

/** A token counts for the hub up to five minutes past its end: a smaller difference does no harm. */
const TOLERATED_MS = 5 * MINUTE;
const ASK_LIMIT_MS = 5_000;

/** This program did not exist before: a clock that says so is wrong, and nobody has to be asked. */
const WRITTEN = Date.UTC(2026, 10, 1);

/** Certificates that fail by their dates. */
const DATES = new Set(["CERT_NOT_YET_VALID", "CERT_HAS_EXPIRED"]);

export interface AskedHub {
  readonly host: string;
  /** Its port for HTTPS, which is the one for WebSockets. */
  readonly port: number;
  /** URL of the proxy that leads there, if one does. */
  readonly proxy?: string | undefined;
}

/** Whether a wrong clock may be what is behind a failure: a refused login, or a certificate that fails by its dates. */
export function mayBeClock({ class: failureClass, reason }: Failure): boolean {
  return failureClass === "unauthorized" || (failureClass === "tls" && DATES.has(reason));
}

/**
 * Looks whether the clock of this machine is behind a failure, and says so in its place: a Raspberry Pi has no clock that
 * runs while it is off. Asks the hub's HTTPS face for its time; without an answer the failure stays what it is.
 */
export async function diagnoseClock(
  failure: Failure,
  { hub, clock }: { hub: AskedHub; clock: Clock },
): Promise<Failure> {
  if (!mayBeClock(failure)) return failure;
  const { verdict, how } = await judgeClock(hub, clock);
  return verdict === "wrong" ? wrongClock(failure, how) : failure;
}

/** `unknown` if the hub does not tell its time; `how` says by how much it is wrong, to be read after "it is". */
export interface ClockVerdict {
  readonly verdict: "right" | "wrong" | "unknown";
  readonly how: string;
}

async function judgeClock(hub: AskedHub, clock: Clock): Promise<ClockVerdict> {
  const here = clock.wallClock();
  return compareClocks(here, await timeOf(hub, clock));
}

/** @param there the hub's time, if it is known; both in milliseconds since 1970 */
export function compareClocks(here: number, there: number | undefined): ClockVerdict {
  if (there !== undefined) {
    const off = here - there;
    const how = `${inWords(Math.abs(off))} ${off > 0 ? "ahead of" : "behind"} the hub's`;
    return { verdict: Math.abs(off) > TOLERATED_MS ? "wrong" : "right", how };
  }
  if (here >= WRITTEN) return { verdict: "unknown", how: "" };
  return {
    verdict: "wrong",
    how: `at ${new Date(here).toISOString()}, which is before this program was written`,
  };
}

function wrongClock({ reason }: Failure, how: string): Failure {
  return {
    class: "clock",
    reason: `clock-${reason}`,
    message: `the clock of this machine is ${how}, so that tokens and certificates do not count: set it (NTP)`,
  };
}

/**
 * The time by the `Date` header of whatever the hub answers. Its certificate is not checked, as that needs the right time:
 * nothing is sent but the question, and the answer is only told to people.
 */
async function timeOf({ host, port, proxy }: AskedHub, clock: Clock): Promise<number | undefined> {
  const over = new AbortController();
  const agent = (await requestAgent(proxy, over.signal)) ?? false;
  const answer = Promise.withResolvers<number | undefined>();
  const asked = request(
    { host, port, method: "HEAD", path: "/", rejectUnauthorized: false, agent, timeout: ASK_LIMIT_MS },
    (response) => {
      const time = Date.parse(response.headers.date ?? "");
      answer.resolve(Number.isNaN(time) ? undefined : time);
      response.destroy();
    },
  );
  asked.on("error", () => answer.resolve(undefined));
  asked.end();
  await waitAtMost(answer.promise, ASK_LIMIT_MS, clock);
  asked.destroy();
  over.abort();
  answer.resolve(undefined);
  return answer.promise;
}

function inWords(milliseconds: number): string {
  const minutes = Math.round(milliseconds / MINUTE);
  if (minutes < 120) return `${minutes} minutes`;
  const hours = Math.round(minutes / 60);
  return hours < 72 ? `${hours} hours` : `${Math.round(hours / 24)} days`;
}
