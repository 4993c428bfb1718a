import { existsSync } from "node:fs";
import { mkdir, readdir, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, it } from "vitest";
import { HubhandError } from "../../../src/errors.ts";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { waitUntil } from "../../support/time/wait-until.ts";
import { createInboxBench, type InboxBench, settle } from "./bench.ts";

const cleanUp = cleanUpAfterEach();

async function open(directory: string, attempts = 3, { keepsOnDisk = true } = {}): Promise<InboxBench> {
  const bench = await createInboxBench({ directory, attempts, keepsOnDisk });
  cleanUp.add(() => kill(bench));
  return bench;
}

/** The end of an agent that waits for nobody. */
async function kill({ inbox, clock }: InboxBench): Promise<void> {
  const drained = inbox.drain(0);
  clock.advance(1);
  await drained;
}

it("a message is acknowledged as soon as it is on disk, whatever its handler does, and gone from there when it is handled", async () => {
  const directory = await cleanUp.folder();
  const bench = await open(directory);
  const end = Promise.withResolvers<void>();
  bench.handle("*", () => end.promise);
  bench.deliver("1");
  bench.deliver("2");
  expect(bench.acknowledged).toEqual([]);
  await waitUntil("both are acknowledged", () => bench.acknowledged.length === 2);
  expect(bench.inbox.status()).toMatchObject({ waiting: 2, store: { onDisk: true, messages: 2 } });
  end.resolve();
  await waitUntil("both are handled", () => bench.inbox.status().waiting === 0);
  await kill(bench);
  const next = await open(directory);
  expect(next.inbox.status().waiting).toBe(0);
});

it("what was not handled when the agent ended is handled by the next run, first and in its order, with all its properties", async () => {
  const directory = await cleanUp.folder();
  const bench = await open(directory);
  bench.handle("valve", () => new Promise(() => {}), { timeout: 1_000_000 });
  for (const body of ["1", "2", "3"])
    bench.deliver(body, { messageId: `m-${body}`, properties: { type: "valve", colour: "red" } });
  await waitUntil("all are acknowledged", () => bench.acknowledged.length === 3);
  await kill(bench);

  const next = await open(directory);
  const seen: unknown[] = [];
  next.handle("valve", ({ payload, message }) => seen.push([payload, message.messageId, message.properties]));
  next.deliver("4", { messageId: "m-4", properties: { type: "valve" } });
  await waitUntil("all are handled", () => seen.length === 4);
  const properties = { type: "valve", colour: "red" };
  expect(seen).toEqual([
    [1, "m-1", properties],
    [2, "m-2", properties],
    [3, "m-3", properties],
    [4, "m-4", { type: "valve" }],
  ]);
});

it("what the hub delivers again after a restart, as the acknowledgement was lost, is known by its id", async () => {
  const directory = await cleanUp.folder();
  const bench = await open(directory);
  bench.handle("*", () => new Promise(() => {}), { timeout: 1_000_000 });
  bench.deliver("1", { messageId: "m-1" });
  await waitUntil("it is acknowledged", () => bench.acknowledged.length === 1);
  await kill(bench);

  const next = await open(directory);
  const seen: unknown[] = [];
  const end = Promise.withResolvers<void>();
  next.handle("*", async ({ payload }) => {
    seen.push(payload);
    await end.promise;
  });
  next.deliver("1", { messageId: "m-1" });
  expect(next.acknowledged).toEqual(["1"]);
  end.resolve();
  await waitUntil("it is handled", () => next.inbox.status().waiting === 0);
  expect(seen).toEqual([1]);
});

it("attempts are counted over restarts, an attempt that the agent did not survive included", async () => {
  const directory = await cleanUp.folder();
  const first = await open(directory, 2);
  const numbers: number[] = [];
  first.handle("*", ({ attempt }) => {
    numbers.push(attempt);
    throw new Error("no");
  });
  first.deliver("1");
  await waitUntil("it failed once", () => numbers.length === 1);
  await settle();
  await kill(first);

  const second = await open(directory, 2);
  second.handle("*", ({ attempt }) => {
    numbers.push(attempt);
    throw new Error("no");
  });
  await waitUntil("it is given up", () => second.inbox.status().waiting === 0);
  expect(numbers).toEqual([1, 2]);
  expect(await second.count("given_up")).toBe(1);
});

it("what is on disk waits for a plugin that may come again: an empty plugins folder throws nothing away", async () => {
  const directory = await cleanUp.folder();
  const bench = await open(directory);
  bench.handle("*", () => new Promise(() => {}), { timeout: 1_000_000 });
  bench.deliver("1");
  await waitUntil("it is acknowledged", () => bench.acknowledged.length === 1);
  await kill(bench);
  const next = await open(directory);
  next.inbox.pluginsSettled();
  await settle();
  expect(next.inbox.status()).toMatchObject({ waiting: 1, store: { messages: 1 } });
});

it("when the disk holds all that it may, the hub keeps the rest until there is room", async () => {
  const bench = await open(await cleanUp.folder());
  const gates: (() => void)[] = [];
  bench.handle("*", () => new Promise<void>((resolve) => gates.push(resolve)), {
    timeout: 1_000_000,
    concurrency: 2,
  });
  for (let batch = 1; batch <= 4; batch += 1) {
    for (let index = 0; index < 250; index += 1) bench.deliver("x");
    await waitUntil("they are on disk", () => bench.acknowledged.length === batch * 250);
  }
  bench.deliver("one more");
  bench.deliver("and one more");
  bench.clock.advance(60_000);
  await settle();
  expect(bench.acknowledged).toHaveLength(1_000);
  gates[0]?.();
  await waitUntil("there is room for one", () => bench.acknowledged.length === 1_001);
  expect(bench.acknowledged.at(-1)).toBe("one more");
});

it.each([
  ["a folder that is none", async (file: string) => writeFile(path.dirname(file), "")],
  ["a file that is a folder", async (file: string) => mkdir(file, { recursive: true })],
])("without a disk (%s) it goes on without, and says so", async (_, spoil) => {
  const directory = path.join(await cleanUp.folder(), "state");
  await spoil(path.join(directory, "inbox.db"));
  const bench = await open(directory);
  const seen: unknown[] = [];
  bench.handle("*", ({ payload }) => seen.push(payload));
  bench.deliver("1");
  await waitUntil("it is handled", () => bench.acknowledged.length === 1);
  expect(seen).toEqual([1]);
  const { store } = bench.inbox.status();
  expect(store?.onDisk).toBe(false);
  expect(store?.problem).toBeTruthy();
  const told = bench.log.lines().filter(({ msg }) => msg?.includes("cannot be kept on disk"));
  expect(told).toHaveLength(1);
  expect(told[0]).toMatchObject({ level: "error" });
});

it("a damaged file is moved aside, and a new one is begun", async () => {
  const directory = await cleanUp.folder();
  await writeFile(path.join(directory, "inbox.db"), Buffer.alloc(20_000, "no database "));
  const bench = await open(directory);
  bench.handle("*", () => {});
  bench.deliver("1");
  await waitUntil("it is handled", () => bench.acknowledged.length === 1);
  expect(bench.inbox.status().store).toMatchObject({ onDisk: true });
  expect(await readdir(directory)).toContainEqual(expect.stringMatching(/^inbox\.db\..*\.corrupt$/));
  // Messages are for their owner's eyes only.
  expect((await stat(path.join(directory, "inbox.db"))).mode & 0o777).toBe(0o600);
  expect(bench.log.lines().find(({ level }) => level === "error")?.msg).toMatch(/inbox\.db\..*\.corrupt/);
});

it("a file that is damaged while the agent runs costs no message that is in its hands", async () => {
  const directory = await cleanUp.folder();
  const bench = await open(directory);
  const seen: unknown[] = [];
  const end = Promise.withResolvers<void>();
  bench.handle("*", async ({ payload }) => {
    await end.promise;
    seen.push(payload);
  });
  for (const body of ["1", "2"]) bench.deliver(body);
  await waitUntil("both are on disk", () => bench.acknowledged.length === 2);
  for (const name of ["inbox.db", "inbox.db-wal"])
    await writeFile(path.join(directory, name), Buffer.alloc(40_000, "no database "));
  bench.deliver("3");
  await waitUntil("the third is on disk, or will be handled", () => bench.inbox.status().waiting === 3);
  end.resolve();
  await waitUntil("all are handled", () => bench.inbox.status().waiting === 0);
  expect(seen).toEqual([1, 2, 3]);
  bench.deliver("4");
  await waitUntil("the fourth is handled", () => seen.length === 4);
  await waitUntil("it is acknowledged", () => bench.acknowledged.length === 4);
});

it("to wait for a plugin that is down is no attempt, however often the agent ends meanwhile", async () => {
  const directory = await cleanUp.folder();
  const numbers: number[] = [];
  const down = ({ attempt }: { attempt: number }): never => {
    numbers.push(attempt);
    throw new HubhandError("PLUGIN_DOWN", "it restarts");
  };
  for (let run = 1; run <= 3; run += 1) {
    const bench = await open(directory, 1);
    bench.handle("*", down);
    if (run === 1) bench.deliver("1");
    await waitUntil("it was tried", () => numbers.length === 2 * run - 1);
    await settle();
    bench.clock.advance(1_000);
    await waitUntil("it was tried again", () => numbers.length === 2 * run);
    await settle();
    await kill(bench);
  }
  const last = await open(directory, 1);
  last.handle("*", ({ attempt }) => numbers.push(attempt));
  await waitUntil("it is handled", () => last.inbox.status().waiting === 0);
  expect(numbers).toEqual([1, 1, 1, 1, 1, 1, 1]);
  expect(await last.count("ok")).toBe(1);
});

it("what is left on disk when the store is switched off is handled, and its file removed", async () => {
  const directory = await cleanUp.folder();
  const file = path.join(directory, "inbox.db");
  const bench = await open(directory);
  bench.handle("*", () => new Promise(() => {}), { timeout: 1_000_000 });
  for (const body of ["1", "2"]) bench.deliver(body);
  await waitUntil("both are acknowledged", () => bench.acknowledged.length === 2);
  await kill(bench);

  const next = await open(directory, 3, { keepsOnDisk: false });
  const seen: unknown[] = [];
  const end = Promise.withResolvers<void>();
  next.handle("*", async ({ payload }) => {
    seen.push(payload);
    await end.promise;
  });
  next.deliver("3");
  await settle();
  expect(next.acknowledged).toEqual([]);
  expect(next.inbox.status()).toEqual({ waiting: 3 });
  end.resolve();
  await waitUntil("all are handled", () => next.acknowledged.length === 1);
  expect(seen).toEqual([1, 2, 3]);
  await waitUntil("the file is gone", () => !existsSync(file));
  next.deliver("4");
  await waitUntil("the fourth is handled", () => next.acknowledged.length === 2);
  await kill(next);
  expect(await readdir(directory)).toEqual([]);
});

it("a row that nobody can read costs only its message", async () => {
  const directory = await cleanUp.folder();
  const bench = await open(directory);
  bench.handle("*", () => new Promise(() => {}), { timeout: 1_000_000 });
  for (const body of ["1", "2", "3"]) bench.deliver(body);
  await waitUntil("all are acknowledged", () => bench.acknowledged.length === 3);
  await kill(bench);
  const db = new DatabaseSync(path.join(directory, "inbox.db"));
  db.exec(
    "UPDATE messages SET facts = 'nonsense' WHERE row = 1; UPDATE messages SET facts = 'null' WHERE row = 3",
  );
  db.close();

  const next = await open(directory);
  const seen: unknown[] = [];
  next.handle("*", ({ payload }) => seen.push(payload));
  next.deliver("4");
  await waitUntil("what can be read is handled", () => seen.length === 2);
  expect(seen).toEqual([2, 4]);
  expect(await next.count("lost")).toBe(2);
  expect(next.inbox.status().store).toMatchObject({ onDisk: true });
});

it("another program's database is moved aside", async () => {
  const directory = await cleanUp.folder();
  const db = new DatabaseSync(path.join(directory, "inbox.db"));
  db.exec("CREATE TABLE messages (id TEXT)");
  db.close();
  const bench = await open(directory);
  bench.handle("*", () => new Promise(() => {}), { timeout: 1_000_000 });
  bench.deliver("1");
  await waitUntil("it is on disk", () => bench.acknowledged.length === 1);
  expect(bench.inbox.status().store).toMatchObject({ onDisk: true, messages: 1 });
  expect(await readdir(directory)).toContainEqual(expect.stringMatching(/\.corrupt$/));
});

it("however much an earlier run left waits for plugins that still start, in turn", async () => {
  const directory = await cleanUp.folder();
  const bench = await open(directory);
  bench.handle("valve", () => new Promise(() => {}), { timeout: 1_000_000 });
  for (let index = 0; index < 300; index += 1) bench.deliver(`${index}`, { properties: { type: "valve" } });
  await waitUntil("all are acknowledged", () => bench.acknowledged.length === 300);
  await kill(bench);

  const next = await open(directory);
  next.plugins = "starting";
  next.handle("pump", () => {});
  const seen: unknown[] = [];
  next.handle("valve", ({ payload }) => seen.push(payload));
  next.plugins = "there";
  next.inbox.pluginsSettled();
  await waitUntil("all are handled", () => next.inbox.status().waiting === 0);
  expect(seen).toEqual(Array.from({ length: 300 }, (_, index) => index));
});

it("a disk that was no good and is again is found out though no message comes", async () => {
  const directory = path.join(await cleanUp.folder(), "state");
  await writeFile(directory, "");
  const bench = await open(directory);
  expect(bench.inbox.status().store).toMatchObject({ onDisk: false });
  bench.clock.advance(60_000);
  await settle();
  await rm(directory);
  await waitUntil("it is kept on disk again", () => {
    bench.clock.advance(60_000);
    return bench.inbox.status().store?.onDisk === true;
  });
});
