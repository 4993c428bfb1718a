import { describe, expect, it } from "vitest";
import { type StatusParts, statusSources } from "../../../src/agent/status-page/sources.ts";
import { loadConfig } from "../../../src/config/index.ts";
import { createHealth, type PartHealth } from "../../../src/observe/health.ts";
import { createHistory } from "../../../src/observe/history.ts";
import { createMetrics } from "../../../src/observe/metrics/metrics.ts";
import { createMethodFigures } from "../../../src/observe/status-page/method-figures.ts";
import { createFakeClock } from "../../support/time/fake-clock.ts";

const NOON = Date.UTC(2026, 0, 1, 12) / 1000;

/** The sources of an agent whose parts say what the test wants. */
function sources(given: Partial<StatusParts> = {}, parts: Record<string, PartHealth> = {}) {
  const clock = createFakeClock();
  const metrics = createMetrics({ version: "1", node: "v24", commit: "abc" });
  const health = createHealth();
  for (const [part, told] of Object.entries(parts)) health.register(part, () => told);
  const history = createHistory({ most: 500, clock });
  const told = statusSources({
    config: loadConfig({ env: {}, cwd: import.meta.dirname }),
    metrics,
    registry: { get: () => undefined, list: () => [] },
    figures: createMethodFigures({ methods: () => [], clock, redact: (text) => text }),
    recentCalls: { list: () => [] },
    logRing: { linesAfter: (count) => ({ lines: [], count }) },
    logLevel: { status: () => ({ level: "info", configured: "info" }) },
    health,
    jobs: { running: 0 },
    schedule: { list: () => [] },
    plugins: { status: () => [] },
    history,
    linkStatus: () => ({ state: "waiting" }),
    linkStatistics: () => ({ connects: 0, failures: 0 }),
    sinceChecked: () => undefined,
    outgoingHealth: () => ({ ready: false, problem: "the outbox is being opened" }),
    incomingHealth: () => ({ ready: true, waiting: 0 }),
    twinStatus: () => undefined,
    boot: () => undefined,
    clock,
    ...given,
  });
  return { ...told, metrics, history, clock };
}

describe("the link", () => {
  it("is in its state since that changed, and tries again when the wait is over", async () => {
    const { link, metrics, history, clock } = sources();
    history.add({ state: "connecting" });
    clock.advance(1_000);
    metrics.linkBackoff.set(12.5);
    history.add({ state: "waiting" });
    history.add({ failure: "network", reason: "ENOTFOUND", message: "no such name" });
    clock.advance(5_000);
    expect(await link()).toMatchObject({
      since: "2026-01-01T00:00:02.000Z",
      nextAttemptAt: "2026-01-01T00:00:14.500Z",
      lastFailure: { at: "2026-01-01T00:00:02.000Z", class: "network", message: "no such name" },
    });
  });

  it("tells when the hub last proved it, and when the certificate ends, as the metrics have it", async () => {
    const { link, metrics } = sources({ linkStatus: () => ({ state: "online" }) });
    const before = await link();
    expect(before).not.toHaveProperty("checkedAt");
    expect(before).not.toHaveProperty("certificateEndsAt");
    expect(before).not.toHaveProperty("nextAttemptAt");
    metrics.linkChecked.set(NOON);
    metrics.linkCertificateExpiry.set(NOON + 3600);
    expect(await link()).toMatchObject({
      checkedAt: "2026-01-01T12:00:00.000Z",
      certificateEndsAt: "2026-01-01T13:00:00.000Z",
    });
  });

  it("is deaf when it is online and three checks are overdue", async () => {
    let state: "online" | "waiting" = "online";
    let sinceChecked = 1_800_000;
    const { link, metrics } = sources({ linkStatus: () => ({ state }), sinceChecked: () => sinceChecked });
    metrics.linkCheckInterval.set(600);
    expect(await link()).toMatchObject({ checkEveryMs: 600_000, deaf: false });
    sinceChecked += 1;
    expect((await link()).deaf).toBe(true);
    state = "waiting";
    expect((await link()).deaf).toBe(false);
  });

  it("has the latest hundred entries of its history", async () => {
    const { link, history } = sources();
    for (let number = 0; number < 150; number += 1) history.add({ state: "connecting", number });
    const told = await link();
    expect(told.history).toHaveLength(100);
    expect(told.history.at(-1)).toMatchObject({ number: 149 });
  });
});

it("the agent is called what its operator calls it, and nothing if it has no name", async () => {
  const config = loadConfig({ env: { HUBHAND_TWIN_REVISION: "2026.11.2" }, cwd: import.meta.dirname });
  expect(await sources({ config }).agent()).toMatchObject({ revision: "2026.11.2" });
  expect(await sources().agent()).not.toHaveProperty("revision");
});

describe("the agent's problems", () => {
  it.each<[string, PartHealth, string]>([
    ["what a part says", { ready: false, problem: "the disk is full" }, "the disk is full"],
    [
      "why the link is down",
      { ready: false, state: "waiting", lastFailure: { message: "nothing listens there" } },
      "nothing listens there",
    ],
    ["the state of a link that has not failed", { ready: false, state: "connecting" }, "it is connecting"],
    ["plugins that start", { ready: false, starting: ["a.ts"], plugins: [] }, "still starting: a.ts"],
    ["plugins that are looked for", { ready: false, starting: [], plugins: [] }, "plugins are being loaded"],
    [
      "plugins that are not up",
      {
        ready: false,
        plugins: [
          { name: "a", up: true },
          { name: "b", up: false },
        ],
      },
      "not up: b",
    ],
    ["nothing but that", { ready: false }, "it is not ready"],
  ])("are told: %s", async (_, part, problem) => {
    const { agent } = sources({}, { part, fine: { ready: true, problem: "none of this" } });
    expect(await agent()).toMatchObject({ ready: false, problems: [{ part: "part", problem }] });
  });
});

describe("the outbox", () => {
  it("tells why it is not there yet", async () => {
    const { outbox } = sources();
    expect(await outbox()).toMatchObject({
      messages: 0,
      onDisk: false,
      problem: "the outbox is being opened",
    });
  });

  it("tells the oldest that waits and what was dropped, as the metrics have it", async () => {
    const { outbox, metrics } = sources({
      outgoingHealth: () => ({ ready: true, messages: 2, bytes: 300, onDisk: true }),
    });
    metrics.outboxDropped.inc({ reason: "expired" }, 0);
    metrics.outboxDropped.inc({ reason: "full" }, 4);
    metrics.outboxOldest.set(NOON);
    expect(await outbox()).toEqual({
      messages: 2,
      bytes: 300,
      limitMessages: 100_000,
      limitBytes: 64 * 1024 * 1024,
      onDisk: true,
      oldestAt: "2026-01-01T12:00:00.000Z",
      dropped: { full: 4 },
    });
  });
});

describe("tasks", () => {
  it("tell their timing for people, and the next run to the second, as it is news otherwise", async () => {
    const next = "2026-01-01T12:00:00.499Z";
    const { tasks } = sources({
      schedule: {
        list: () => [
          { task: "a/often", plugin: "a", every: "15m", enabled: true, running: 1, next },
          { task: "daily", cron: "0 3 * * *", timezone: "Europe/Berlin", enabled: false, running: 0 },
        ],
      },
    });
    expect(await tasks()).toEqual([
      { task: "a/often", timing: "every 15m", enabled: true, running: 1, next: "2026-01-01T12:00:00.000Z" },
      { task: "daily", timing: "0 3 * * * (Europe/Berlin)", enabled: false, running: 0 },
    ]);
  });
});

describe("the twin", () => {
  it("is off, or tells what is in force and what is refused", async () => {
    expect(await sources().twin()).toEqual({ on: false, refused: [], absent: [] });
    const { twin } = sources({
      twinStatus: () => ({ version: 7, refused: ["logLevel"], reported: { problem: "the hub is busy" } }),
    });
    expect(await twin()).toEqual({
      on: true,
      version: 7,
      refused: ["logLevel"],
      absent: [],
      problem: "the hub is busy",
    });
  });
});
