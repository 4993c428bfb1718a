import { expect } from "vitest";
import { FAILURE_CLASSES } from "../../../src/link/failure.ts";
import { waitUntil } from "../../support/time/wait-until.ts";
import type { AgentUnderTest, LogLine } from "./agent.ts";
import type { Fault, Sight } from "./fault.ts";
import { isAlive, type Readiness, readiness, scrape } from "./look.ts";

/** How long the agent is watched in a fault that lasts, and how often. Milliseconds. */
const WATCH = { for: 300, every: 20 } as const;

const fits = (sight: Sight, told: { class?: unknown; reason?: unknown }): boolean =>
  told.class === sight.class &&
  (typeof sight.reason === "string" ? sight.reason === told.reason : sight.reason.test(String(told.reason)));

/** Lines that tell of a failure, after which the agent waits, or tries something else at once. */
export const failuresIn = (lines: readonly LogLine[]): LogLine[] => lines.filter(isFailure);

const isFailure = (line: LogLine): boolean =>
  line.class !== undefined && (line.state === "waiting" || line.state === "connecting");

/** The failures of each outage: it begins with the end of a session, or with the agent. */
function outagesIn(lines: readonly LogLine[]): LogLine[][] {
  const outages: LogLine[][] = [];
  let isNew = true;
  for (const line of lines) {
    if (line.state === "online") isNew = true;
    if (!isFailure(line)) continue;
    if (isNew) outages.push([]);
    outages.at(-1)?.push(line);
    isNew = false;
  }
  return outages;
}

export const toldOf = (sight: Sight, lines: readonly LogLine[]): boolean =>
  failuresIn(lines).some((line) => fits(sight, line));

/** Watches an agent that a fault keeps offline: it says so, and why, on every channel, all the time. */
export async function watchWhileOffline(agent: AgentUnderTest, sight: Sight): Promise<void> {
  let last: Readiness | undefined;
  const saysSo = async (): Promise<boolean> => {
    last = await readiness(agent);
    return last.status === 503 && last.link.lastFailure !== undefined && fits(sight, last.link.lastFailure);
  };
  await waitUntil(`/readyz tells of ${sight.class} ${sight.reason}`, saysSo, 20_000).catch((error: Error) => {
    throw new Error(`${error.message}; it said ${JSON.stringify(last)}`);
  });
  const until = performance.now() + WATCH.for;
  while (performance.now() < until) {
    expect(await saysSo(), `/readyz says ${JSON.stringify(last)}`).toBe(true);
    expect(last?.link.ready).toBe(false);
    expect(await isAlive(agent), "a network that is gone is no reason to restart the process").toBe(true);
    const series = await scrape(agent);
    expect(series('hubhand_link_state{state="online"}')).toBe(0);
    expect(series("hubhand_link_connected_since_timestamp_seconds")).toBe(0);
    expect(series(`hubhand_link_failures_total{class="${sight.class}"}`)).toBeGreaterThan(0);
    await new Promise((resolve) => setTimeout(resolve, WATCH.every));
  }
}

/** An agent that is online says so on every channel. */
export async function expectOnlineEverywhere(agent: AgentUnderTest): Promise<void> {
  expect(await readiness(agent)).toMatchObject({ status: 200, link: { ready: true, state: "online" } });
  const series = await scrape(agent);
  expect(series('hubhand_link_state{state="online"}')).toBe(1);
  expect(series("hubhand_link_backoff_seconds")).toBe(0);
  expect(series("hubhand_link_connected_since_timestamp_seconds")).toBeGreaterThan(1e9);
}

/** All that was told of failures was true: nothing but what the fault is, counted as it was logged. */
export async function expectOnlyTruthTold(
  agent: AgentUnderTest,
  { passing = [], lasting }: Fault,
): Promise<void> {
  const sights = lasting === undefined ? passing : [...passing, lasting];
  const failures = failuresIn(agent.lines());
  for (const line of failures) {
    expect(
      sights.some((sight) => fits(sight, line)),
      `not true, or not foreseen: ${JSON.stringify(line)}`,
    ).toBe(true);
    if (line.state === "connecting") continue;
    expect(line).toMatchObject({
      attempt: expect.any(Number),
      retryInMs: expect.any(Number),
      msg: expect.stringMatching(/^offline: ./),
    });
  }
  for (const outage of outagesIn(agent.lines())) {
    const warnings = outage.filter(({ level }) => level === "warn").map(({ reason }) => reason);
    const reasons = [...new Set(outage.map(({ reason }) => reason))];
    expect(warnings, "each reason is told once in an outage, and repeats are not").toEqual(reasons);
  }
  const series = await scrape(agent);
  const counted = FAILURE_CLASSES.filter(
    (each) => series(`hubhand_link_failures_total{class="${each}"}`) > 0,
  );
  expect([...new Set(failures.map((line) => line.class))].sort()).toEqual([...counted].sort());
  const faults = agent.lines().filter(({ level }) => level === "error" || level === "fatal");
  expect(faults, "a fault of the network is no error of the agent").toEqual([]);
}
