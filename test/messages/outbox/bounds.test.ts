import { statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Clock } from "../../../src/clock.ts";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { createFakeClock } from "../../support/time/fake-clock.ts";
import { waitUntil } from "../../support/time/wait-until.ts";
import { addAll, message, scenesIn, sendAll } from "./support.ts";

const cleanUp = cleanUpAfterEach();

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const scene = scenesIn(cleanUp);

const few = (maxMessages: number) => ({ maxMessages, maxBytes: 1_000_000 });

test("when it is full, the oldest of the lowest priority give way, never what goes before the new one", async () => {
  const { outbox, metric } = await scene({ bounds: few(4) });
  await addAll(outbox, ["l1", "l2"], 2);
  await addAll(outbox, ["n1"]);
  await addAll(outbox, ["h1"], 0);
  await addAll(outbox, ["n2"]);
  await addAll(outbox, ["n3", "n4"]);
  await addAll(outbox, ["h2"], 0);
  await expect(outbox.add(message({ text: "l3", priority: 2 }))).rejects.toMatchObject({
    code: "OUTBOX_FULL",
  });

  expect(sendAll(outbox)).toEqual(["h1", "h2", "n3", "n4"]);
  expect(await metric("hubhand_outbox_dropped_total", { reason: "full" })).toBe(5);
});

test("what is on its way to the hub does not give way", async () => {
  const { outbox } = await scene({ bounds: few(2) });
  await addAll(outbox, ["1", "2"]);
  outbox.take(1);
  await addAll(outbox, ["3"]);
  outbox.take(1);
  await expect(outbox.add(message())).rejects.toMatchObject({ code: "OUTBOX_FULL" });
  outbox.putBack();
  expect(sendAll(outbox)).toEqual(["1", "3"]);
});

test("refuse: the new one is refused, and its sender told what to do", async () => {
  const { outbox } = await scene({ bounds: few(1), whenFull: "refuse" });
  await addAll(outbox, ["1"]);
  await expect(outbox.add(message())).rejects.toThrow(/no room .* raise messages\.outbox\.maxMessages/);
  expect(sendAll(outbox)).toEqual(["1"]);
});

test("bodies and properties count, and nothing is dropped for a message that would not fit anyway", async () => {
  const { outbox } = await scene({ bounds: { maxMessages: 100, maxBytes: 100 } });
  await outbox.add(message({ body: Buffer.alloc(30), properties: { wert: "grün" } }));
  expect(outbox.status()).toMatchObject({ messages: 1, bytes: 39 });
  await expect(outbox.add(message({ body: Buffer.alloc(101) }))).rejects.toMatchObject({
    code: "OUTBOX_FULL",
  });
  expect(outbox.waiting).toBe(1);
  await outbox.add(message({ body: Buffer.alloc(62) }));
  expect(outbox.status()).toMatchObject({ messages: 1, bytes: 62 });
});

test("one that gives way before it was safe is reported to its sender, and many drops are one line in the log", async () => {
  const clock = createFakeClock();
  const { outbox, log } = await scene({ clock, bounds: few(1), writeDelay: 1_000 });
  const results = Promise.allSettled(Array.from({ length: 50 }, () => outbox.add(message())));
  clock.advance(1_000);
  expect((await results).filter(({ status }) => status === "rejected")).toHaveLength(49);

  for (let index = 0; index < 20; index += 1) void outbox.add(message()).catch(() => {});
  clock.advance(MINUTE);
  const told = log.lines().filter(({ msg }) => msg === "messages to the hub were dropped");
  expect(told.map(({ dropped }) => dropped)).toEqual([{ full: 49 }, { full: 20 }]);
});

test("a message whose time is over is not sent, and counted", async () => {
  const clock = createFakeClock();
  const { outbox, metric } = await scene({ clock });
  const now = clock.wallClock();
  const lives = (text: string, milliseconds: number) =>
    outbox.add(message({ text, createdAt: now, expiresAt: now + milliseconds }));
  const added = Promise.all([lives("short", MINUTE), lives("long", HOUR)]);
  clock.advance(0);
  await added;
  void lives("short, in memory", MINUTE);
  clock.advance(MINUTE);

  expect(sendAll(outbox)).toEqual(["long"]);
  expect(await metric("hubhand_outbox_dropped_total", { reason: "expired" })).toBe(2);
});

test("what nobody takes is dropped all the same once its time is over", async () => {
  const clock = createFakeClock();
  const { outbox } = await scene({ clock });
  const now = clock.wallClock();
  const added = Promise.all(
    [MINUTE, HOUR].map((life) => outbox.add(message({ createdAt: now, expiresAt: now + life }))),
  );
  clock.advance(0);
  await added;
  clock.advance(11 * MINUTE);
  expect(outbox.status()).toMatchObject({ messages: 1 });
});

/** A machine that believes that it is some other time, until it is told. */
function wrongClock(start: number): Clock & { advance(milliseconds: number): void; set(time: number): void } {
  const clock = createFakeClock();
  let offset = start - clock.now();
  return {
    ...clock,
    wallClock: () => clock.now() + offset,
    set(time) {
      offset = time - clock.now();
    },
  };
}

test.each([
  ["1970", 0],
  ["a month ago", Date.UTC(2026, 10, 1)],
])("a clock that is set from %s to now ages nothing", async (_, start) => {
  const clock = wrongClock(start);
  const { outbox, open } = await scene({ clock });
  const add = async (text: string) => {
    const createdAt = clock.wallClock();
    const added = outbox.add(message({ text, createdAt, expiresAt: createdAt + 7 * DAY }));
    clock.advance(0);
    await added;
  };
  await add("before");
  clock.advance(MINUTE);
  clock.set(Date.UTC(2026, 11, 1));
  await add("after");
  clock.advance(7 * DAY - 2 * MINUTE);
  expect(outbox.take(9)).toHaveLength(2);
  outbox.putBack();
  clock.advance(MINUTE);
  expect(sendAll(outbox)).toEqual(["after"]);

  await outbox.close();
  expect((await open()).outbox.waiting).toBe(0);
});

test("what was written in 1970 by an earlier run lives its time from the next start", async () => {
  const clock = wrongClock(5 * MINUTE);
  const { outbox, open } = await scene({ clock });
  const added = outbox.add(
    message({ text: "1970", createdAt: clock.wallClock(), expiresAt: clock.wallClock() + DAY }),
  );
  clock.advance(0);
  await added;
  await outbox.close();
  clock.set(Date.UTC(2026, 11, 1));

  const second = (await open()).outbox;
  clock.advance(DAY - 1);
  expect(second.take(9)).toHaveLength(1);
  second.putBack();
  clock.advance(1);
  expect(second.take(9)).toEqual([]);
});

test("an empty outbox that was large gives its room back to the disk", async () => {
  const { outbox, folder } = await scene();
  const size = () => statSync(join(folder, "outbox.db")).size;
  const added = Array.from({ length: 60 }, () => outbox.add(message({ body: Buffer.alloc(100_000) })));
  await Promise.all(added);
  await waitUntil("the journal is in the file", () => size() > 5_000_000);
  sendAll(outbox);
  await outbox.close();
  expect(size()).toBeLessThan(50_000);
});
