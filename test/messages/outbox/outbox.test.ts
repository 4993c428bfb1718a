import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { systemClock } from "../../../src/clock.ts";
import type { Item } from "../../../src/messages/outbox/item.ts";
import { createLedger, type Range } from "../../../src/messages/outbox/ledger.ts";
import { placeOf } from "../../../src/messages/outbox/order.ts";
import { withoutExperimentalWarning } from "../../../src/without-experimental-warning.ts";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { createFakeClock } from "../../support/time/fake-clock.ts";
import { addAll, message, scenesIn, sendAll, texts } from "./support.ts";

const cleanUp = cleanUpAfterEach();

const scene = scenesIn(cleanUp);

/** Whether a promise has been kept by now. */
async function isKept(promise: Promise<unknown>): Promise<boolean> {
  let kept = false;
  void promise.then(() => {
    kept = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  return kept;
}

test("a message is there after a restart, with all that belongs to it, byte for byte", async () => {
  const { outbox, open } = await scene();
  const given = message({
    stream: "thermometer/indoor",
    priority: 2,
    body: Uint8Array.from([0, 255, 128, 10]),
    contentType: "application/octet-stream",
    contentEncoding: undefined,
    correlationId: "c-1",
    output: "out",
    properties: { "näme=&": "wért", empty: "" },
  });
  await outbox.add(given);
  await outbox.add(message({ properties: {}, body: new Uint8Array(0) }));
  await outbox.close();

  const [, first] = (await open()).outbox.take(9);
  expect(first).toEqual({ ...given, sequence: 1 });
});

test("a message that the hub acknowledges before it is written costs no file at all", async () => {
  const clock = createFakeClock();
  const { outbox, folder } = await scene({ clock, writeDelay: 250 });
  const added = outbox.add(message());
  expect(await isKept(added)).toBe(false);
  for (const one of outbox.take(1)) outbox.delivered(one);
  await added;
  clock.advance(3_600_000);
  await outbox.close();

  await expect(readdir(folder)).rejects.toThrow("ENOENT");
});

test("one that it does not is on disk after the delay, for its owner only", async () => {
  const clock = createFakeClock();
  const { outbox, folder, open } = await scene({ clock, writeDelay: 250 });
  const added = outbox.add(message({ text: "kept" }));
  outbox.take(1);
  clock.advance(249);
  expect(await isKept(added)).toBe(false);
  clock.advance(1);
  await added;
  await outbox.close();

  expect(((await stat(folder)).mode & 0o777).toString(8)).toBe("700");
  for (const name of await readdir(folder))
    expect(((await stat(join(folder, name))).mode & 0o777).toString(8)).toBe("600");
  expect(sendAll((await open()).outbox)).toEqual(["kept"]);
});

test("messages leave in the order in which they came, the higher priority first, from memory and from disk", async () => {
  const { outbox } = await scene({ writeDelay: 60_000 });
  const disk = await scene();
  for (const each of [outbox, disk.outbox]) {
    const added = Promise.all([
      addAll(each, ["n1", "n2"]),
      addAll(each, ["l1"], 2),
      addAll(each, ["h1", "h2"], 0),
      addAll(each, ["n3"]),
    ]);
    if (each === disk.outbox) await added;
    expect(texts(each.take(3))).toEqual(["h1", "h2", "n1"]);
    void addAll(each, ["h3"], 0);
    expect(sendAll(each)).toEqual(["h3", "n2", "n3", "l1"]);
  }
});

test("what was handed out is handed out again only after it was put back, in its old place", async () => {
  const { outbox } = await scene();
  await addAll(outbox, ["1", "2", "3", "4"]);
  const [first, second] = outbox.take(3);
  expect(outbox.waiting).toBe(1);
  if (second) outbox.delivered(second);
  outbox.putBack();
  // What comes too late changes nothing.
  if (first) outbox.delivered(first);
  void outbox.add(message({ text: "5" }));

  expect(outbox.waiting).toBe(4);
  expect(sendAll(outbox)).toEqual(["1", "3", "4", "5"]);
  expect(outbox.status()).toMatchObject({ messages: 0, bytes: 0 });
});

test("fresh messages can be had before the backlog", async () => {
  const { outbox } = await scene();
  await addAll(outbox, ["old 1", "old 2"]);
  outbox.mark();
  await addAll(outbox, ["new 1"]);
  void addAll(outbox, ["new 2"]);

  expect(texts(outbox.take(1, "none"))).toEqual(["old 1"]);
  expect(sendAll(outbox, "only")).toEqual(["new 1", "new 2"]);
  expect(sendAll(outbox, "none")).toEqual(["old 2"]);
  outbox.putBack();
  expect(sendAll(outbox)).toEqual(["old 1"]);
});

test("whoever listens is told when something waits, once and not within the call", async () => {
  const { outbox } = await scene();
  const told: unknown[] = [];
  outbox.onWaiting((what) => told.push(what));
  const added = addAll(outbox, ["1", "2"]);
  expect(told).toHaveLength(0);
  await Promise.resolve();
  expect(told).toHaveLength(1);
  outbox.take(2);
  outbox.putBack();
  await Promise.resolve();
  expect(told).toHaveLength(2);
  await added;
  // The first file is no backlog: what is sent while the device is online is not held back.
  expect(told).not.toContain("backlog");
});

test("sequences grow, over restarts too, whatever has been delivered meanwhile", async () => {
  const { outbox, open } = await scene();
  await addAll(outbox, ["1", "2", "3"]);
  expect(outbox.take(3).map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
  outbox.putBack();
  sendAll(outbox);
  await outbox.close();
  const second = (await open()).outbox;
  await second.add(message());
  expect(second.take(1)[0]?.sequence).toBe(4);
});

test("nothing can be added to an outbox that is closing, and what was under way is written", async () => {
  const { outbox, open } = await scene({ clock: systemClock, writeDelay: 60_000 });
  const added = outbox.add(message({ text: "just in time" }));
  const closed = outbox.close();
  await expect(outbox.add(message())).rejects.toMatchObject({ code: "AGENT_STOPPING" });
  await closed;
  await added;
  expect(sendAll((await open()).outbox)).toEqual(["just in time"]);
});

test("Node's warning that SQLite is experimental does not reach users, and others do", async () => {
  const warned: string[] = [];
  const note = ({ name }: Error) => warned.push(name);
  process.on("warning", note);
  cleanUp.add(() => process.off("warning", note));
  withoutExperimentalWarning(() => {
    process.emitWarning("SQLite is an experimental feature", "ExperimentalWarning");
    process.emitWarning("something else", "OtherWarning");
  });
  process.emitWarning("something experimental", "ExperimentalWarning");
  await new Promise((resolve) => setImmediate(resolve));
  expect(warned).toEqual(["OtherWarning", "ExperimentalWarning"]);
});

test.each([
  ["the backlog", 0],
  ["what is fresh", 50],
])("rows of %s that were handed out are not read again and again", (_, mark) => {
  const ledger = createLedger();
  const itemOf = (sequence: number): Item => ({
    message: { ...message(), sequence },
    size: 1,
    where: "memory",
    hasRow: true,
    takenAs: undefined,
    resolve() {},
    reject() {},
  });
  for (let sequence = 1; sequence <= 100; sequence += 1) ledger.keep(itemOf(sequence));
  ledger.settle(100);
  let reads = 0;
  const read = ({ after, upTo, most }: Range) => {
    reads += 1;
    const ids = Array.from({ length: most }, (_, index) => after + 1 + index);
    return ids.filter((id) => id <= upTo).map((id) => ({ id }));
  };
  const segment = { after: mark, upTo: Number.MAX_SAFE_INTEGER };
  const next = () => ledger.waitingRows(read, { priority: 1, segment, page: 1 }).next().value?.id ?? 0;
  const taken: number[] = [];
  for (let index = 0; index < 20; index += 1) {
    const { sequence } = placeOf(next());
    taken.push(sequence);
    ledger.take({ ...itemOf(sequence), where: "disk" });
  }
  expect(taken).toEqual(Array.from({ length: 20 }, (_, index) => mark + 1 + index));
  expect(reads).toBeLessThan(50);
  ledger.putBack();
  expect(placeOf(next()).sequence).toBe(mark + 1);
});

test("a message is made safe while a backlog is sent as fast as can be", async () => {
  const { outbox } = await scene();
  await addAll(
    outbox,
    Array.from({ length: 3_000 }, (_, index) => String(index)),
  );
  let left = Number.POSITIVE_INFINITY;
  for (let sent = 0; outbox.waiting > 1; sent += 1) {
    for (const one of outbox.take(2)) outbox.delivered(one);
    if (sent === 300)
      void outbox.add(message({ priority: 2 })).then(() => {
        left = outbox.waiting;
      });
    await new Promise(setImmediate);
  }
  expect(left).toBeGreaterThan(500);
  expect(left).toBeLessThan(3_000);
});
