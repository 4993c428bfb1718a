import { expect, it } from "vitest";
import { createDesired, type Desired } from "../../src/desired/index.ts";
import { type RootProperty, rootWritables } from "../../src/desired/root.ts";
import { MINUTE } from "../../src/durations.ts";
import { createHeartbeat } from "../../src/heartbeat/heartbeat.ts";
import { createLogLevel } from "../../src/observe/log/log-level.ts";
import { noTelemetry } from "../../src/plugins/no-telemetry.ts";
import { modelNameOf } from "../../src/rules/model-name.ts";
import { openPluginFolder, type PluginFolder } from "../plugins/folder.ts";
import { cleanUpAfterEach } from "../support/clean-up.ts";
import { createFakeClock } from "../support/time/fake-clock.ts";
import { scene } from "../twin/support/scene.ts";

const cleanUp = cleanUpAfterEach();

const plugin = (more = "") => `export default {
  settings: { type: "object", properties: { seconds: { type: "integer", default: 60 } } },
  ${more}
};`;
const METER = plugin(`
  methods: { show: (_, { settings }) => settings },
  tasks: { tidy: { cron: "0 0 1 1 *", run() {} } },`);

interface Bench extends Desired {
  readonly folder: PluginFolder;
  readonly clock: ReturnType<typeof createFakeClock>;
  readonly logLevel: ReturnType<typeof createLogLevel>;
  /** To the device itself, or to a component. */
  apply(desired: Record<string, unknown>, component?: string): Promise<Readonly<Record<string, unknown>>>;
}

async function bench(
  files: Record<string, string>,
  lastGood: { root?: Record<string, unknown>; components?: Record<string, Record<string, unknown>> } = {},
): Promise<Bench> {
  const clock = createFakeClock();
  const folder = await openPluginFolder(cleanUp, files, { isolate: false, disabled: ["spare"] });
  const { logger } = folder.log;
  const logLevel = createLogLevel({ logger, clock });
  const heartbeat = createHeartbeat({
    schedule: folder.schedule,
    telemetry: noTelemetry,
    facts: () => Promise.reject(new Error("not asked for")),
    interval: 15 * MINUTE,
  });
  heartbeat.begin();
  const desired = createDesired({
    lastGood: () => ({ root: {}, components: {}, ...lastGood }),
    logLevel,
    plugins: () => folder.set,
    schedule: folder.schedule,
    registry: folder.registry,
    heartbeat: { configured: 15 * MINUTE, heartbeat },
    logger,
  });
  return {
    ...desired,
    folder,
    clock,
    logLevel,
    async apply(values, component) {
      const parts = desired.writables().filter((one) => one.component === component);
      return Object.assign({}, ...(await Promise.all(parts.map((part) => part.apply(values)))));
    },
  };
}

it("the log level of the twin goes over the configuration's, and one for a while over the twin's", async () => {
  const { apply, logLevel, clock } = await bench({});
  expect(await apply({ logLevel: "warn" })).toEqual({ logLevel: { status: 200, value: "warn" } });
  expect(logLevel.status()).toEqual({ level: "warn", configured: "warn" });
  logLevel.set("debug", MINUTE);
  await apply({ logLevel: "error" });
  expect(logLevel.status()).toMatchObject({ level: "debug", configured: "error" });
  clock.advance(MINUTE);
  expect(logLevel.status()).toEqual({ level: "error", configured: "error" });
  expect(await apply({ logLevel: "loud" })).toEqual({
    logLevel: {
      status: 400,
      description: "expected one of trace, debug, info, warn, error, fatal, silent",
      value: "error",
    },
  });
  expect(logLevel.status().level).toBe("error");
  // It is named no more.
  await apply({});
  expect(logLevel.status().level).toBe("trace");
});

it("tasks and the heartbeat are changed together, whichever is named; what does not fit changes nothing", async () => {
  const { apply, folder } = await bench({ "meter.mjs": METER });
  const of = (task: string) => folder.schedule.list().find((one) => one.task === task);
  const tasks = { "meter/tidy": { every: "5m" } };
  expect(await apply({ tasks, heartbeatInterval: "20s" })).toEqual({
    tasks: { status: 200, value: tasks },
    heartbeatInterval: { status: 200, value: "20s" },
  });
  expect(of("meter/tidy")).toMatchObject({ every: "5m" });
  expect(of("hubhand/heartbeat")).toMatchObject({ every: "20s" });
  expect(await apply({ tasks: { "meter/tidy": { evry: "1s" } }, heartbeatInterval: "1s" })).toEqual({
    tasks: { status: 400, description: expect.stringContaining("Did you mean every?"), value: tasks },
    heartbeatInterval: {
      status: 400,
      description: 'expected a duration from 10s to 24h, like "15m", or "off"',
      value: "20s",
    },
  });
  expect(of("meter/tidy")).toMatchObject({ every: "5m" });
  expect(await apply({ tasks: { "metre/tidy": { every: "5m" } }, heartbeatInterval: "off" })).toEqual({
    tasks: {
      status: 200,
      description:
        "there is no task metre/tidy (did you mean meter/tidy?) yet; it is changed when a plugin brings it",
      value: { "metre/tidy": { every: "5m" } },
    },
    heartbeatInterval: { status: 200, value: "off" },
  });
  const night = { every: "5m", method: "shwo" };
  expect(await apply({ tasks: { night } })).toMatchObject({
    tasks: { status: 200, description: "night runs shwo (did you mean show?), which is no method yet" },
  });
  expect(await apply({ tasks: { night: { ...night, method: "show" } } })).toEqual({
    tasks: { status: 200, value: { night: { ...night, method: "show" } } },
  });
  await apply({ heartbeatInterval: "off" });
  expect(of("meter/tidy")).toMatchObject({ cron: "0 0 1 1 *" });
  expect(of("hubhand/heartbeat")).toBeUndefined();
  await apply({});
  expect(of("hubhand/heartbeat")).toMatchObject({ every: "15m" });
});

it("plugins are stopped and taken in by name, and a name that no plugin here has is told", async () => {
  const { apply, folder } = await bench({ "meter.mjs": METER, "spare.mjs": plugin(), "a-b.c.mjs": plugin() });
  const running = () => folder.set.status().map(({ name }) => name);
  const wanted = { meter: false, spare: true, a_b_c: false };
  expect(await apply({ enabledPlugins: wanted })).toEqual({ enabledPlugins: { status: 200, value: wanted } });
  expect(running()).toEqual(["hubhand", "spare"]);
  const more = { ...wanted, mter: false, "far-away": true };
  const told = {
    status: 200,
    description: 'this device has no plugin "mter" (did you mean meter?), "far-away"',
    value: more,
  };
  expect(await apply({ enabledPlugins: more })).toEqual({ enabledPlugins: told });
  expect(await apply({ enabledPlugins: more })).toEqual({ enabledPlugins: told });
  expect(await apply({ enabledPlugins: { hubhand: false } })).toMatchObject({
    enabledPlugins: { status: 400, description: expect.stringContaining("cannot be disabled") },
  });
  expect(await apply({ enabledPlugins: { meter: "no" } })).toMatchObject({
    enabledPlugins: {
      status: 400,
      description: expect.stringContaining('"meter" is neither true nor false'),
    },
  });
  expect(running()).toEqual(["hubhand", "spare"]);
  await apply({});
  expect(running().sort()).toEqual(["a-b.c", "hubhand", "meter"]);
});

it("what the device does not know is somebody else's, and has no answer", async () => {
  const { apply } = await bench({});
  expect(await apply({ theirs: 1, toString: 2, tank: 3, level: 4, plugins: {} })).toEqual({});
});

it.each([
  ["loglevel", "logLevel"],
  ["log_level", "logLevel"],
  ["enabledPlugin", "enabledPlugins"],
  ["heartbeatIntervall", "heartbeatInterval"],
  ["task", "tasks"],
])("%s at the root is answered: it was meant to be %s", async (written, meant) => {
  const { apply } = await bench({});
  expect(await apply({ [written]: 1 })).toEqual({
    [written]: {
      status: 404,
      description: `there is no property ${written}; did you mean ${meant}?`,
      value: undefined,
    },
  });
});

it("a near miss costs none of what was accepted: it is kept for a start without the hub, and counted once", async () => {
  let level: unknown = "info";
  const logLevel: RootProperty = {
    async apply(value = "info") {
      level = value;
      return undefined;
    },
    current: () => level,
  };
  const root = rootWritables({ logLevel, tasks: { apply: async () => undefined, current: () => ({}) } });
  const { hub, twin, pass, saved, metrics } = scene({ writables: () => root });
  hub.desire({ logLevel: "debug", theirs: 1 });
  twin.online(hub.connect());
  await pass(20_000);
  hub.desire({ loglevel: "warn" });
  await pass(20_000);
  expect(hub.reported).toMatchObject({ logLevel: { ac: 200 }, loglevel: { ac: 404 } });
  expect(saved.at(-1)?.root).toEqual({ logLevel: "debug" });
  const { values } = await metrics.twinUpdates.get();
  const counted = values.filter(({ labels, value }) => labels.side === "desired" && value > 0);
  expect(counted).toMatchObject([
    { labels: { outcome: "applied" }, value: 1 },
    { labels: { outcome: "refused" }, value: 1 },
  ]);
});

it("each plugin is a component by its own name, and there are as many as there are plugins now", async () => {
  const { apply, writables, folder } = await bench({ "meter.mjs": METER, "a-b.mjs": plugin() });
  const components = () => writables().flatMap(({ component }) => component ?? []);
  expect(components()).toEqual(["a_b", "meter"]);
  expect(await apply({ seconds: 3, other: 1 }, "meter")).toMatchObject({
    seconds: { status: 200, value: 3 },
    other: { status: 200, value: 1 },
  });
  expect((await folder.call("show")).body).toEqual({ seconds: 3, other: 1 });
  const meter = writables().find(({ component }) => component === "meter");
  await apply({ enabledPlugins: { meter: false } });
  expect(components()).toEqual(["a_b"]);
  expect(await meter?.apply({ seconds: 4 })).toMatchObject({ seconds: { status: 404 } });
});

it("a plugin whose name another has in the twin, or the device itself, cannot be reached there; that is told once", async () => {
  const { writables, folder } = await bench({
    "a-b.mjs": plugin(),
    "a_b.mjs": plugin(),
    "tasks.mjs": plugin(),
  });
  for (let look = 0; look < 2; look += 1)
    expect(writables().flatMap(({ component }) => component ?? [])).toEqual(["a_b"]);
  expect(folder.log.lines().filter(({ level }) => level === "warn")).toMatchObject([
    { plugin: "a_b", msg: expect.stringContaining('"a_b" is of plugin "a-b" there. Rename the plugin') },
    { plugin: "tasks", msg: expect.stringContaining('"tasks" is of the device itself there') },
  ]);
});

it("of two plugins with one name in the twin it is the one that is found first, whichever is loaded first", async () => {
  const { settingsOf, found } = await bench({}, { components: { a_b: { seconds: 5 } } });
  found([{ name: "a-b" }, { name: "a_b" }]);
  expect(settingsOf("a_b")).toEqual({});
  expect(settingsOf("a-b")).toEqual({ seconds: 5 });
});

it.each([
  ["meter", "meter"],
  ["a-b.c", "a_b_c"],
  ["2nd", "p2nd"],
  ["pump-", "pump"],
])("plugin %s is %s in the twin, which DTDL takes for a name", (name, twin) => {
  expect(modelNameOf(name)).toBe(twin);
  expect(twin).toMatch(/^[A-Za-z](?:[A-Za-z0-9_]*[A-Za-z0-9])?$/);
});

it("what was accepted before is there for plugins that are loaded; what makes no sense is not", async () => {
  const kept = await bench(
    {},
    { root: { enabledPlugins: { meter: false } }, components: { a_b: { seconds: 1 } } },
  );
  expect(kept.settingsOf("a-b")).toEqual({ seconds: 1 });
  expect(kept.settingsOf("meter")).toEqual({});
  expect(kept.enabled()).toEqual({ meter: false });
  expect((await bench({}, { root: { enabledPlugins: "x" } })).enabled()).toEqual({});
});
