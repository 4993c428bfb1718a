import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { pino } from "pino";
import { expect, test } from "vitest";
import { createLastGoodStore, type LastGood, NONE_YET } from "../../src/twin/last-good.ts";
import { cleanUpAfterEach } from "../support/clean-up.ts";
import { part, scene } from "./support/scene.ts";

const cleanUp = cleanUpAfterEach();

test("what was accepted is there after a restart, while the hub is out of reach", async () => {
  const { hub, twin, pass, saved } = scene({ writables: () => [part(undefined), part("relay")] });
  hub.desire({ speed: 1, size: "refused", firmware: "7", relay: { __t: "c", speed: 2, colour: "red" } });
  twin.online(hub.connect());
  await pass(1_000);
  await twin.stop();
  expect(saved).toEqual([{ version: 2, root: { speed: 1 }, components: { relay: { speed: 2 } } }]);

  const [root, relay] = [part(undefined), part("relay")];
  const after = scene({ lastGood: saved.at(-1) ?? NONE_YET, writables: () => [root, relay] });
  expect(after.twin.lastGood()).toEqual(saved.at(-1));
  after.twin.start();
  await after.pass(100);
  expect(root.inForce.get("speed")).toBe(1);
  expect(relay.inForce.get("speed")).toBe(2);
  expect(after.twin.status()).toEqual({});
});

test("when the hub says otherwise than what was kept, the hub wins", async () => {
  const root = part(undefined);
  const lastGood: LastGood = { version: 7, root: { speed: 1, size: 1 }, components: { gone: { speed: 1 } } };
  const { hub, twin, pass, saved } = scene({ lastGood, writables: () => [root] });
  twin.start();
  await pass(100);
  hub.desire({ speed: 5 });
  twin.online(hub.connect());
  await pass(1_000);
  expect(Object.fromEntries(root.inForce)).toEqual({ speed: 5 });
  expect(saved.at(-1)).toEqual({ version: 2, root: { speed: 5 }, components: {} });
});

test("what was kept is not acknowledged before the hub has said what it desires", async () => {
  const root = part(undefined);
  const stuck = { component: undefined, apply: (desired: Record<string, unknown>) => apply(desired) };
  const apply = (desired: Record<string, unknown>) =>
    desired.speed === 2 ? new Promise<never>(() => {}) : root.apply(desired);
  const lastGood: LastGood = { version: 2, root: { speed: 1 }, components: {} };
  const { hub, twin, pass } = scene({ lastGood, writables: () => [stuck] });
  twin.start();
  await pass(100);
  hub.desire({ speed: 2 });
  twin.online(hub.connect());
  await pass(5_000);
  expect(hub.reported).toEqual({});
});

test("a value that is refused leaves the one that was kept before it", async () => {
  const { hub, twin, pass, saved } = scene({ writables: () => [part(undefined)] });
  hub.desire({ speed: 1 });
  twin.online(hub.connect());
  await pass(1_000);
  hub.desire({ speed: "fast", size: 3 });
  await pass(20_000);
  expect(saved.at(-1)?.root).toEqual({ speed: 1, size: 3 });
});

test("a value that was accepted once, and is not any more, is told and left out", async () => {
  const lastGood: LastGood = { version: 2, root: { speed: "as it was", size: 1 }, components: {} };
  const { twin, pass, saved, warnings } = scene({ lastGood, writables: () => [part(undefined)] });
  twin.start();
  await pass(1_000);
  expect(saved.at(-1)).toEqual({ version: 2, root: { size: 1 }, components: {} });
  expect(warnings.join()).toMatch(/not taken any more: a number is expected/);
});

test("a plugin that is broken when it starts again loses nothing that it once took", async () => {
  const lastGood: LastGood = { version: 2, root: {}, components: { relay: { speed: 1 } } };
  const broken = { component: "relay", apply: () => Promise.reject(new Error("no such pin")) };
  const { twin, pass } = scene({ lastGood, writables: () => [broken] });
  twin.start();
  await pass(20_000);
  expect(twin.lastGood()).toEqual(lastGood);
});

test("the settings of a plugin that is away are kept, as long as they are desired", async () => {
  const parts = [part("relay")];
  const { hub, twin, pass, saved } = scene({ writables: () => parts });
  hub.desire({ relay: { __t: "c", speed: 1 } });
  twin.online(hub.connect());
  await pass(1_000);
  parts.length = 0;
  twin.refresh();
  hub.desire({ other: 1 });
  await pass(20_000);
  expect(twin.lastGood().components).toEqual({ relay: { speed: 1 } });
  hub.desire({ relay: { speed: null } });
  await pass(20_000);
  expect(saved.at(-1)?.components).toEqual({});
});

test("a disk is written only when something has changed, and at most once in ten seconds", async () => {
  const { hub, twin, pass, saved } = scene({ writables: () => [part(undefined)] });
  twin.online(hub.connect());
  for (let speed = 0; speed < 60; speed += 1) {
    hub.desire({ speed, size: 1 });
    await pass(1_000);
  }
  expect(saved.length).toBeLessThanOrEqual(7);
  const { length } = saved;
  for (let other = 0; other < 30; other += 1) {
    hub.desire({ other, size: 1 });
    await pass(1_000);
  }
  expect(saved.length).toBeLessThanOrEqual(length + 1);
  await twin.stop();
  expect(saved.at(-1)?.root).toEqual({ speed: 59, size: 1 });
});

const GOOD: LastGood = { version: 3, root: { speed: 1 }, components: { relay: { speed: 2 } } };

/** The store of a folder of the test's own, and what it logs. */
async function storeIn(folder: string) {
  const log: string[] = [];
  const file = path.join(folder, "state", "twin.json");
  const logger = pino({ level: "warn" }, { write: (line: string) => void log.push(line) });
  return { file, log, store: createLastGoodStore({ file, logger }) };
}

test("the file is only for the agent's user", async () => {
  const { store, file, log } = await storeIn(await cleanUp.folder());
  expect(await store.load()).toEqual(NONE_YET);
  expect(await store.save(GOOD)).toBe(true);
  expect(await store.load()).toEqual(GOOD);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(log).toEqual([]);
});

test("a damaged file is moved aside and told, and the device goes on without", async () => {
  const { store, file, log } = await storeIn(await cleanUp.folder());
  await store.save(GOOD);
  for (const damaged of ["", "{", "[]", '{"version":1,"root":{},"components":{"relay":5}}']) {
    await writeFile(file, damaged);
    expect(await store.load()).toEqual(NONE_YET);
    expect(await readFile(`${file}.unusable`, "utf8")).toBe(damaged);
  }
  expect(log).toHaveLength(4);
  expect(await readdir(path.dirname(file))).toEqual(["twin.json.unusable"]);
});

test("a folder that cannot be written is told once", async () => {
  const folder = await cleanUp.folder();
  await writeFile(path.join(folder, "state"), "a file");
  const { store, log } = await storeIn(folder);
  expect(await store.save(GOOD)).toBe(false);
  expect(await store.save(GOOD)).toBe(false);
  expect(log.join()).toMatch(/cannot be kept on disk/);
  expect(log).toHaveLength(1);
});
