import { describe, expect, it } from "vitest";
import { cleanUpAfterEach } from "../support/clean-up.ts";
import { waitUntil } from "../support/time/wait-until.ts";
import { NODE, openPluginFolder, type PluginFolder } from "./folder.ts";
import { writeFiles } from "./load.ts";
import { createSetBench } from "./set.ts";

const cleanUp = cleanUpAfterEach();

const SCHEMA = JSON.stringify({
  type: "object",
  additionalProperties: false,
  properties: {
    seconds: { type: "integer", minimum: 1, default: 60 },
    mode: { enum: ["day", "night"], default: "day" },
    token: { type: "string" },
    password: { type: "string", writeOnly: true },
  },
});

/** Tells its settings and how often it was started; with a hook that is told of changes, if asked. */
const meter = (hook = "") => `
  let told = 0;
  export default {
    settings: ${SCHEMA},
    ${hook}
    start() { told = 1; },
    methods: { show: (_, { settings }) => ({ settings, told }) },
  };`;
const HOOK = `settingsChanged({ settings }) {
    told += 1;
    if (settings.seconds === 13) throw new Error("thirteen is unlucky");
  },`;

const WHY = "the change of its settings failed: thirteen is unlucky";
const HERE = { isolate: false } as const;

const show = async (folder: PluginFolder, method = "show") => (await folder.call(method)).body;

describe.each([
  ["in the agent's own thread", false],
  ["in a thread", "thread"],
  ["in a process", true],
] as const)("a module %s that has a hook", (_, isolate) => {
  it("is told of new settings, and goes on; what it fails at is taken back, and it is told that too", async () => {
    const folder = await openPluginFolder(
      cleanUp,
      { "meter.mjs": meter(HOOK) },
      { isolate, settings: { meter: { token: "s3cret" } } },
    );
    expect(await folder.set.changeSettings("meter", { seconds: 5 })).toEqual({
      seconds: { status: 200, value: 5 },
    });
    const five = { settings: { seconds: 5, mode: "day", token: "s3cret" }, told: 2 };
    expect(await show(folder)).toEqual(five);
    // The same once more is nothing new.
    await folder.set.changeSettings("meter", { seconds: 5 });
    expect(await show(folder)).toEqual(five);

    expect(await folder.set.changeSettings("meter", { seconds: 13, mode: "night" })).toEqual({
      seconds: { status: 500, description: WHY, value: 5 },
      mode: { status: 500, description: WHY, value: "day" },
    });
    expect(await show(folder)).toEqual({ ...five, told: 4 });
    expect(folder.status("meter")).toMatchObject({ up: true });
    expect(folder.status("meter")).not.toHaveProperty("problem");

    // Nothing is named any more: back to what the configuration says.
    await folder.set.changeSettings("meter", {});
    expect(await show(folder)).toEqual({ settings: { seconds: 60, mode: "day", token: "s3cret" }, told: 5 });
  });
});

it("a hook that does not end has ten seconds; then it is told the old settings, and meanwhile others have their turn", async () => {
  const told: unknown[] = [];
  const { set, clock } = await createSetBench({
    slow: {
      settingsChanged({ settings }) {
        told.push(settings);
        return told.length === 1 ? new Promise(() => {}) : undefined;
      },
    },
    other: { settingsChanged() {} },
  });
  await set.loadAll();
  const changed = set.changeSettings("slow", { seconds: 5 });
  const other = set.changeSettings("other", { seconds: 6 });
  await waitUntil("it is told", () => told.length > 0);
  expect(await other).toEqual({ seconds: { status: 200, value: 6 } });
  const again = set.reload(["/slow.ts"]);
  clock.advance(10_000);
  expect(await changed).toEqual({
    seconds: { status: 500, description: "the change of its settings did not end within 10 s" },
  });
  expect(told).toEqual([{ seconds: 5 }, {}]);
  // What is loaded meanwhile has the settings that came of it.
  await again;
  expect(await set.changeSettings("slow", { seconds: 7 })).toEqual({ seconds: { status: 200, value: 7 } });
});

it("while one takes its time to start, those that serve are told of other settings at once", async () => {
  const gate = Promise.withResolvers<void>();
  const { set, clock } = await createSetBench({
    slow: { start: () => gate.promise },
    quick: { settingsChanged() {} },
  });
  const loaded = set.loadAll();
  await waitUntil("the quick one serves", () => {
    clock.advance(100);
    return set.status().some(({ name, up }) => name === "quick" && up);
  });
  expect(await set.changeSettings("quick", { seconds: 6 })).toEqual({ seconds: { status: 200, value: 6 } });
  gate.resolve();
  await loaded;
});

describe("code that ends and is started afresh", () => {
  it("has the settings that it had last", async () => {
    const dies = meter(HOOK).replace("methods: {", "methods: { die: () => process.exit(1),");
    const folder = await openPluginFolder(cleanUp, { "meter.mjs": dies }, { isolate: "thread" });
    await folder.set.changeSettings("meter", { seconds: 5 });
    await folder.call("die");
    await waitUntil("it is there again", async () => (await folder.call("show")).status === 200);
    expect(await show(folder)).toEqual({ settings: { seconds: 5, mode: "day" }, told: 1 });
  });
});

describe("a module without a hook", () => {
  it("is loaded afresh while it serves: of 200 calls none is lost, and each is of one version or the other", async () => {
    const folder = await openPluginFolder(cleanUp, { "meter.mjs": meter() }, { isolate: "thread" });
    const sixty = { settings: { seconds: 60, mode: "day" }, told: 1 };
    const seven = { settings: { seconds: 7, mode: "day" }, told: 1 };
    const replies: { status: number; body: unknown }[] = [];
    let isChanged = false;
    const callers = Array.from({ length: 10 }, async () => {
      while (!isChanged || replies.length < 200) replies.push(await folder.call("show"));
    });
    const change = folder.set.changeSettings("meter", { seconds: 7 }).finally(() => {
      isChanged = true;
    });
    await Promise.all(callers);
    expect(await change).toEqual({ seconds: { status: 200, value: 7 } });
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]));
    for (const { body } of replies) expect([sixty, seven]).toContainEqual(body);
    expect(await show(folder)).toEqual(seven);
  });

  it("keeps what it has if it does not start with the new ones", async () => {
    const folder = await openPluginFolder(
      cleanUp,
      {
        "picky.mjs": `export default {
        start({ settings }) { if (settings.port === 1) throw new Error("port 1 is taken"); },
        methods: { show: (_, { settings }) => settings },
      };`,
      },
      HERE,
    );
    expect(await folder.set.changeSettings("picky", { port: 2 })).toMatchObject({ port: { status: 200 } });
    expect(await folder.set.changeSettings("picky", { port: 1 })).toEqual({
      port: { status: 500, description: "its start hook failed: port 1 is taken", value: 2 },
    });
    expect(await show(folder)).toEqual({ port: 2 });
    expect(folder.status("picky")).toEqual({ name: "picky", kind: "module", up: true });
  });
});

describe("what does not fit", () => {
  it("is refused key by key, the rest is taken, and no value of the configuration or of the wish is told", async () => {
    const folder = await openPluginFolder(
      cleanUp,
      { "meter.mjs": meter(HOOK) },
      { isolate: false, settings: { meter: { token: "from-the-configuration" } } },
    );
    await folder.set.changeSettings("meter", { mode: "night" });
    const outcomes = await folder.set.changeSettings("meter", {
      seconds: 9,
      password: "s3cret",
      mode: "dusk-s3cret",
      token: 1234567,
      tokne: "s3cret",
    });
    expect(outcomes).toEqual({
      seconds: { status: 200, value: 9 },
      password: { status: 200 },
      mode: {
        status: 400,
        description: 'mode must be equal to one of the allowed values: "day", "night"',
        value: "night",
      },
      token: { status: 400, description: "token must be string" },
      tokne: {
        status: 400,
        description: 'the settings must not have "tokne"; did you mean token?',
      },
    });
    expect(await show(folder)).toMatchObject({
      settings: { seconds: 9, mode: "night", token: "from-the-configuration" },
    });
    expect(JSON.stringify([outcomes, folder.log.lines()])).not.toMatch(/s3cret|1234567/);
  });
});

describe("plugins that are no modules", () => {
  const declaration = (mode: string) =>
    `
    command: ["./run"]
    ${mode}
    settings: { type: object, properties: { seconds: { type: integer } } }
    methods: { show: {} }`.replaceAll("\n    ", "\n");
  const daemon = (takes: string) => `${NODE}
    let settings, starts = 0;
    const say = (line) => console.log(JSON.stringify(line));
    require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
      const { type, id, settings: given } = JSON.parse(line);
      if (type === "start") { settings = given; say({ type: "ready", ${takes} }); }
      if (type === "settings" && given.seconds === 13) say({ type: "error", id, message: "unlucky" });
      else if (type === "settings") { settings = given; say({ type: "reply", id }); }
      if (type === "call") say({ type: "reply", id, payload: { settings, pid: process.pid } });
    });`;
  const pidOf = async (folder: PluginFolder) => ((await show(folder)) as { pid: number }).pid;

  it("a program gets them with its next call", async () => {
    const folder = await openPluginFolder(cleanUp, {
      "one/one.plugin.yaml": declaration(""),
      "one/run": `${NODE}console.log(JSON.stringify(JSON.parse(require("node:fs").readFileSync(3, "utf8")).settings))`,
    });
    await folder.set.changeSettings("one", { seconds: 3 });
    expect(await show(folder)).toEqual({ seconds: 3 });
  });

  it("a daemon that says so is told, and may refuse; another that follows it has them", async () => {
    const folder = await openPluginFolder(cleanUp, {
      "one/one.plugin.yaml": declaration("mode: daemon"),
      "one/run": daemon('takes: ["settings"]'),
    });
    const pid = await pidOf(folder);
    expect(await folder.set.changeSettings("one", { seconds: 3 })).toMatchObject({
      seconds: { status: 200 },
    });
    expect(await show(folder)).toEqual({ settings: { seconds: 3 }, pid });
    expect(await folder.set.changeSettings("one", { seconds: 13 })).toMatchObject({
      seconds: { status: 500, description: "the change of its settings failed: unlucky", value: 3 },
    });
    expect(await show(folder)).toEqual({ settings: { seconds: 3 }, pid });
    process.kill(pid);
    await waitUntil("another is there", async () => {
      const { status, body } = await folder.call("show");
      return status === 200 && (body as { pid: number }).pid !== pid;
    });
    expect(await show(folder)).toMatchObject({ settings: { seconds: 3 } });
  });

  it("a daemon that does not take them is started afresh", async () => {
    const folder = await openPluginFolder(cleanUp, {
      "one/one.plugin.yaml": declaration("mode: daemon"),
      "one/run": daemon(""),
    });
    const pid = await pidOf(folder);
    await folder.set.changeSettings("one", { seconds: 3 });
    expect(await show(folder)).toMatchObject({ settings: { seconds: 3 } });
    expect(await pidOf(folder)).not.toBe(pid);
  });
});

describe("a plugin that is broken", () => {
  it("by settings that the configuration lacks is mended by those that are desired", async () => {
    const folder = await openPluginFolder(
      cleanUp,
      {
        "pump.mjs": `export default {
        settings: { type: "object", required: ["url"], properties: { url: { type: "string" } } },
        methods: { show: (_, { settings }) => settings },
      };`,
      },
      HERE,
    );
    expect(folder.status("pump")).toMatchObject({ up: false });
    expect(await folder.set.changeSettings("pump", { url: "tcp://x" })).toMatchObject({
      url: { status: 200 },
    });
    expect(await show(folder)).toEqual({ url: "tcp://x" });
  });
});

it("one that cannot be loaded is not loaded again for the settings that it had", async () => {
  const folder = await openPluginFolder(
    cleanUp,
    { "bad.mjs": 'globalThis.badLoads = (globalThis.badLoads ?? 0) + 1; throw new Error("no such pin");' },
    { isolate: false, desired: () => ({ seconds: 30 }) },
  );
  const { seconds } = await folder.set.changeSettings("bad", { seconds: 30 });
  expect(seconds).toEqual({
    status: 500,
    description: expect.stringMatching(/no such pin/),
    value: undefined,
  });
  expect(globalThis).toHaveProperty("badLoads", 1);
});

describe("what was desired before", () => {
  it("is there from the first load on; what does not fit any more is left out, and told", async () => {
    const folder = await openPluginFolder(
      cleanUp,
      { "meter.mjs": meter() },
      { isolate: false, desired: () => ({ seconds: 30, mode: "dusk" }) },
    );
    expect(await show(folder)).toEqual({ settings: { seconds: 30, mode: "day" }, told: 1 });
    expect(folder.log.lines()).toContainEqual(
      expect.objectContaining({ level: "warn", plugin: "meter", refused: { mode: expect.any(String) } }),
    );
  });
});

describe("which plugins run", () => {
  const one = (name: string) => `export default { methods: { "${name}": () => "${name}" } };`;
  const other = 'export default { name: "b", methods: { b: () => "b" } };';

  it("a plugin is stopped by its name, its call under way ends, and it comes back by its name", async () => {
    const folder = await openPluginFolder(
      cleanUp,
      {
        "a.mjs": `export default { methods: {
          a: (payload) => payload === null ? "a" : new Promise((resolve) => { globalThis.endA = resolve; }) } };`,
        "file-of-b.mjs": other,
        "c.mjs": one("c"),
      },
      { isolate: false, disabled: ["c"] },
    );
    const under = folder.call("a", 1);
    await folder.set.enable({ a: false, b: false, c: true });
    expect((await folder.call("a")).code).toBe("METHOD_NOT_FOUND");
    expect((await folder.call("b")).code).toBe("METHOD_NOT_FOUND");
    expect(await folder.call("c")).toMatchObject({ status: 200, body: "c" });
    (globalThis as { endA?: (value: string) => void }).endA?.("late");
    expect(await under).toMatchObject({ status: 200, body: "late" });
    expect(folder.set.status().map(({ name }) => name)).toEqual(["hubhand", "c"]);
    // A look at the folder does not bring them back.
    await folder.set.reload([]);
    expect(folder.set.status().map(({ name }) => name)).toEqual(["hubhand", "c"]);

    await folder.set.enable({ b: true });
    expect(await folder.call("a")).toMatchObject({ status: 200, body: "a" });
    expect(await folder.call("b")).toMatchObject({ status: 200, body: "b" });
    expect((await folder.call("c")).code).toBe("METHOD_NOT_FOUND");
  });

  it("a name that no plugin has counts when one comes that has it", async () => {
    const folder = await openPluginFolder(
      cleanUp,
      { "a.mjs": one("a"), "c.mjs": one("c") },
      { isolate: false, disabled: ["c"] },
    );
    await folder.set.enable({ a: false, z: false });
    expect(folder.set.names()).toEqual(["a", "c", "hubhand"]);
    expect((await folder.call("a")).code).toBe("METHOD_NOT_FOUND");
    await writeFiles(folder.directory, { "z.mjs": one("z") });
    await folder.set.reload([]);
    expect(folder.set.names()).toEqual(["a", "c", "hubhand", "z"]);
    expect((await folder.call("z")).code).toBe("METHOD_NOT_FOUND");
  });
});
