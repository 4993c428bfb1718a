import { pino } from "pino";
import { expect, test } from "vitest";
import { reportedState } from "../../src/agent/twin/reported-state.ts";
import { openTwin } from "../../src/agent/twin/twin.ts";
import { systemClock } from "../../src/clock.ts";
import type { LinkStatus } from "../../src/link/link.ts";
import { createHealth } from "../../src/observe/health.ts";
import { createMetrics } from "../../src/observe/metrics/metrics.ts";
import { modelNameOf } from "../../src/rules/model-name.ts";
import { sizeOf } from "../../src/twin/limits.ts";
import type { Brevity } from "../../src/twin/next-reported.ts";
import { fakeHub, refusedWith } from "./support/fake-hub.ts";
import { part, scene } from "./support/scene.ts";

test("what the device tells of itself is reported at once, and then only what has changed", async () => {
  let bootCount = 1;
  const { hub, twin, pass } = scene({ snapshot: () => ({ agent: { version: "1", bootCount } }) });
  twin.online(hub.connect());
  await pass(200);
  expect(hub.reported).toEqual({ agent: { version: "1", bootCount: 1 } });
  bootCount = 2;
  await pass(20_000);
  expect(hub.updates.at(-1)).toEqual({ agent: { bootCount: 2 } });
  await pass(60_000);
  expect(hub.updates).toHaveLength(2);
});

test("what is gone is taken away, and what others have reported stays", async () => {
  const plugins = new Map([
    ["relay", { up: true }],
    ["lamp", { up: true }],
  ]);
  const { hub, twin, pass } = scene({ snapshot: () => ({ plugins: Object.fromEntries(plugins) }) });
  const session = hub.connect();
  await session.reportProperties({ firmware: { value: "7" }, plugins: { old: { up: true } } });
  twin.online(session);
  await pass(200);
  plugins.delete("lamp");
  await pass(20_000);
  expect(hub.reported).toEqual({ firmware: { value: "7" }, plugins: { relay: { up: true } } });
});

test("what is not known yet stays as an earlier run has told it", async () => {
  const { hub, twin, pass } = scene({ snapshot: () => ({ agent: { version: "2" }, plugins: undefined }) });
  const session = hub.connect();
  await session.reportProperties({ agent: { version: "1" }, plugins: { relay: { up: true } } });
  twin.online(session);
  await pass(20_000);
  expect(hub.reported).toEqual({ agent: { version: "2" }, plugins: { relay: { up: true } } });
});

test("what is known a moment after the first session is waited for, three seconds at most; answers are not", async () => {
  let plugins: Record<string, boolean> | undefined;
  const { hub, twin, pass } = scene({
    writables: () => [part(undefined)],
    snapshot: () => ({ agent: { version: "2" }, plugins }),
  });
  hub.desire({ speed: 1 });
  twin.online(hub.connect());
  await pass(1_000);
  expect(hub.updates).toEqual([{ speed: { value: 1, ac: 200, av: 2 } }]);
  plugins = { relay: true };
  twin.refresh();
  await pass(200);
  expect(hub.updates.slice(1)).toEqual([{ agent: { version: "2" }, plugins }]);

  const other = scene({ snapshot: () => ({ agent: { version: "2" }, plugins: undefined }) });
  other.twin.online(other.hub.connect());
  await other.pass(3_100);
  expect(other.hub.reported).toEqual({ agent: { version: "2" } });
});

const START = "2026-05-01T06:00:00.000Z";

test("of two plugins with one name in the twin both are told", () => {
  const plugin = { kind: "module", up: true } as const;
  const snapshot = reportedState({
    software: { version: "1" },
    boot: () => ({ count: 1, startedAt: START, softwareSince: START }),
    followsTwin: true,
    linkStatus: () => ({ state: "online" }) as LinkStatus,
    linkStatistics: () => ({ connects: 1, failures: 0 }),
    plugins: () => ["a-b", "a_b"].map((name) => ({ ...plugin, name })),
    isStarting: () => false,
    methods: () => [],
    nameOf: modelNameOf,
    redact: (text) => text,
  });
  const told = { ...plugin, methods: {} };
  expect(snapshot(0).plugins).toEqual({ a_b: told, a_b_2: told });
});

test("however much changes, there is one update in ten seconds, over sessions too", async () => {
  let count = 0;
  const { hub, twin, pass } = scene({
    snapshot: () => {
      count += 1;
      return { agent: { count } };
    },
  });
  for (let minute = 0; minute < 2; minute += 1)
    for (let session = 0; session < 12; session += 1) {
      twin.online(hub.connect());
      twin.refresh();
      await pass(5_000);
    }
  expect(hub.updates.length).toBeGreaterThan(6);
  expect(hub.updates.length).toBeLessThanOrEqual(12);
});

test("acknowledgements go at once, with what else there is, three updates and then one a second", async () => {
  let count = 0;
  const root = part(undefined);
  const { hub, twin, pass } = scene({ writables: () => [root], snapshot: () => ({ agent: { count } }) });
  twin.online(hub.connect());
  await pass(1_000);
  for (let change = 1; change <= 50; change += 1) {
    count = change;
    hub.desire({ speed: change });
    await pass(100);
  }
  expect(hub.updates.length).toBeGreaterThan(4);
  expect(hub.updates.length).toBeLessThanOrEqual(3 + 5);
  await pass(1_000);
  expect(hub.reported).toEqual({ agent: { count: 50 }, speed: { value: 50, ac: 200, av: 51 } });
});

test("what is refused is not sent again unchanged, and keeps nothing else back", async () => {
  let version = "bad";
  const { hub, twin, pass, warnings } = scene({
    writables: () => [part(undefined)],
    snapshot: () => ({ agent: { version }, link: { sessions: 1 } }),
  });
  const session = hub.connect();
  let attempts = 0;
  twin.online({
    ...session,
    async reportProperties(patch) {
      attempts += 1;
      if ((patch.agent as { version?: string } | undefined)?.version === "bad") throw refusedWith(400);
      return session.reportProperties(patch);
    },
  });
  hub.desire({ speed: 1 });
  await pass(300_000);
  expect(hub.reported).toEqual({ speed: { value: 1, ac: 200, av: 2 }, link: { sessions: 1 } });
  expect(attempts).toBeLessThan(8);
  expect(twin.status().reported?.refused).toEqual(["agent"]);
  expect(warnings.join()).toMatch(/does not take what is reported/);
  version = "good";
  await pass(20_000);
  expect(hub.reported.agent).toEqual({ version: "good" });
  expect(twin.status().reported).toBeUndefined();
});

test("an update that the hub is too busy for is sent later, with growing waits", async () => {
  const { hub, twin, pass, metrics } = scene({ snapshot: () => ({ agent: { version: "1" } }) });
  hub.fail(undefined, undefined, ...Array.from({ length: 6 }, () => refusedWith(429)));
  twin.online(hub.connect());
  await pass(20_000);
  const failed = async () =>
    (await metrics.twinUpdates.get()).values.find(
      ({ labels }) => labels.side === "reported" && labels.outcome === "failed",
    )?.value;
  expect(await failed()).toBeLessThan(4);
  await pass(200_000);
  expect(hub.reported).toEqual({ agent: { version: "1" } });
});

test("what does not fit into 32 KiB is told more briefly, and then without the largest values acknowledged", async () => {
  const text = "x".repeat(4_000);
  const list = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`text${index}`, text]));
  const big = { component: undefined, apply: async () => outcomes };
  const outcomes = {
    tasks: { status: 200, value: list(7) },
    speed: { status: 200, value: 1 },
  } as const;
  const { hub, twin, pass, warnings } = scene({
    writables: () => [big],
    snapshot: (brevity: Brevity) => ({
      agent: { version: "1" },
      ...(brevity < 3 ? { plugins: list(brevity === 0 ? 9 : 4) } : {}),
    }),
  });
  const session = hub.connect();
  await session.reportProperties({ firmware: list(2) });
  hub.desire({ tasks: { nightly: {} }, speed: 1 });
  twin.online(session);
  await pass(1_000);
  expect(sizeOf(hub.reported)).toBeLessThanOrEqual(32 * 1024);
  expect(hub.reported.agent).toEqual({ version: "1" });
  expect(hub.reported.tasks).toEqual({ ac: 200, ad: expect.stringMatching(/too large/), av: 2 });
  expect(hub.reported.speed).toEqual({ value: 1, ac: 200, av: 2 });
  await pass(60_000);
  expect(warnings.filter((line) => line.includes("32 KiB"))).toHaveLength(1);
  expect(hub.updates).toHaveLength(2);
});

test("what a twin cannot hold is left out or cut, and the rest is reported", async () => {
  const deep = JSON.parse(`${'{"in":'.repeat(20)}1${"}".repeat(20)}`);
  const told = {
    "a.b c$d#e\u0000": 1,
    long: "é".repeat(4_000),
    nothing: null,
    never: Number.NaN,
    list: [1, null, { deep }],
    many: 2 ** 60,
    deep,
  };
  const hub = fakeHub();
  const { twin, pass } = scene({ hub, snapshot: () => ({ agent: told }) });
  twin.online(hub.connect());
  await pass(200);
  const agent = hub.reported.agent as typeof told;
  expect(Object.keys(agent)).toEqual(["a_b_c_d_e_", "long", "list", "many", "deep"]);
  expect(Buffer.byteLength(agent.long)).toBeLessThanOrEqual(4_096);
  expect(agent.long).toMatch(/^é+…$/);
  expect(agent.many).toBe(String(2 ** 60));
  expect(JSON.stringify(agent.deep).match(/in/g)).toHaveLength(8);
});

test("a device that reports no more takes back what it told, and goes on to acknowledge", async () => {
  const before = scene({ snapshot: () => ({ agent: { version: "1" }, link: { way: "mqtt" } }) });
  before.twin.online(before.hub.connect());
  await before.pass(200);
  const { hub } = before;
  const { twin, pass } = scene({ hub, writables: () => [part(undefined)] });
  hub.desire({ speed: 1 });
  twin.online(hub.connect());
  await pass(200);
  expect(hub.reported).toEqual({ speed: { value: 1, ac: 200, av: 2 } });
});

test("the hub is not even asked for the twin of a device that shall neither follow nor report", async () => {
  const nothing = () => expect.fail("somebody looked");
  const twin = await openTwin({
    follow: false,
    report: false,
    directory: "/nowhere",
    software: { version: "1" },
    boot: nothing,
    linkStatus: nothing,
    linkStatistics: nothing,
    plugins: nothing,
    isStarting: nothing,
    methods: nothing,
    nameOf: nothing,
    redact: nothing,
    writables: nothing,
    metrics: createMetrics({ version: "test", node: "test", commit: "test" }),
    health: createHealth(),
    logger: pino({ level: "silent" }),
    clock: systemClock,
  });
  expect(twin).toBeUndefined();
});
