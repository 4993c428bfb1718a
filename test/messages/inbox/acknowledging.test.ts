import { expect, it } from "vitest";
import type { Session } from "../../../src/messages/inbox/receipts.ts";
import { createInboxBench, settle } from "./bench.ts";

function session(): Session & { end(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { ended: promise, end: resolve };
}

/** A handler whose messages are handled when the test says so. */
async function gated(limits: { queue?: number; concurrency?: number } = {}) {
  const bench = await createInboxBench();
  const seen: unknown[] = [];
  const gates: (() => void)[] = [];
  bench.handle(
    "*",
    ({ payload }) => {
      seen.push(payload);
      return new Promise<void>((resolve) => gates.push(resolve));
    },
    { timeout: 3_600_000, ...limits },
  );
  const endOne = async (): Promise<void> => {
    gates.shift()?.();
    await settle();
  };
  return { bench, seen, endOne };
}

it("a message is acknowledged when it is handled, and not before", async () => {
  const { bench, endOne } = await gated();
  bench.deliver("1");
  await settle();
  expect(bench.acknowledged).toEqual([]);
  await endOne();
  expect(bench.acknowledged).toEqual(["1"]);
});

it("after 45 s the hub is told of as many as the queue holds, as it would give up soon; the others stay the hub's", async () => {
  const { bench, endOne } = await gated({ queue: 2 });
  for (const body of ["1", "2", "3", "4", "5"]) bench.deliver(body);
  await settle();
  bench.clock.advance(44_999);
  expect(bench.acknowledged).toEqual([]);
  bench.clock.advance(1);
  expect(bench.acknowledged).toEqual(["1", "2", "3"]);
  await endOne();
  expect(bench.acknowledged).toEqual(["1", "2", "3", "4"]);
});

it("what the hub delivers again in its next session, while it is being handled, is not handled twice", async () => {
  const { bench, seen, endOne } = await gated();
  const [first, second] = [session(), session()];
  bench.deliver("1", { messageId: "m-1", session: first });
  bench.deliver("2", { messageId: "m-2", session: first });
  await settle();
  first.end();
  bench.deliver("1", { messageId: "m-1", session: second });
  bench.deliver("2", { messageId: "m-2", session: second });
  await endOne();
  await endOne();
  expect(seen).toEqual([1, 2]);
  expect(bench.acknowledged).toEqual(["1", "2"]);
  expect(await bench.count("double")).toBe(2);
});

it("what was handled after its session had ended is acknowledged when it comes again", async () => {
  const { bench, seen, endOne } = await gated();
  const [first, second] = [session(), session()];
  bench.deliver("1", { messageId: "m-1", session: first });
  first.end();
  await settle();
  await endOne();
  bench.deliver("1", { messageId: "m-1", session: second });
  await settle();
  expect(seen).toEqual([1]);
  // Once in vain, and once more.
  expect(bench.acknowledged).toEqual(["1", "1"]);
  bench.deliver("1", { messageId: "m-1", session: second });
  await settle();
  expect(seen).toEqual([1, 1]);
});

it("what was handled, but is behind one that is not, is acknowledged when it comes again: sessions keep the order", async () => {
  const { bench, seen, endOne } = await gated({ concurrency: 2 });
  const [first, second] = [session(), session()];
  bench.deliver("1", { messageId: "m-1", session: first });
  bench.deliver("2", { messageId: "m-2", session: first });
  await settle();
  const gate = endOne; // Of the first; the second ends before it.
  bench.handle("other", () => {}); // A change of handlers disturbs nothing.
  bench.deliver("3", { messageId: "m-3", properties: { type: "other" }, session: first });
  await settle();
  expect(bench.acknowledged).toEqual(["3"]);
  first.end();
  await settle();
  for (const body of ["1", "2"]) bench.deliver(body, { messageId: `m-${body}`, session: second });
  bench.deliver("3", { messageId: "m-3", properties: { type: "other" }, session: second });
  await gate();
  await gate();
  expect(seen).toEqual([1, 2]);
  expect(bench.acknowledged).toEqual(["3", "3", "1", "2"]);
  expect(await bench.count("double")).toBe(3);
});

it("two messages with one id in one session are two", async () => {
  const { bench, seen, endOne } = await gated();
  bench.deliver("1", { messageId: "same" });
  bench.deliver("2", { messageId: "same" });
  await settle();
  await endOne();
  expect(seen).toEqual([1, 2]);
});

it("two messages with one id that come again in the next session are still two", async () => {
  const { bench, seen, endOne } = await gated();
  const [first, second] = [session(), session()];
  for (const at of [first, second]) {
    for (const body of ["1", "1", "2"]) bench.deliver(body, { messageId: "same", session: at });
    await settle();
    first.end();
  }
  for (let turn = 0; turn < 4; turn += 1) await endOne();
  expect(seen).toEqual([1, 1, 2]);
  expect(await bench.count("double")).toBe(3);
});

it("what says something else under an id that is in hand is another message: a sender may begin to count anew", async () => {
  const { bench, seen, endOne } = await gated();
  const [first, second, third] = [session(), session(), session()];
  bench.deliver("1", { messageId: "0", session: first });
  await settle();
  first.end();
  bench.deliver("2", { messageId: "0", session: second });
  second.end();
  await settle();
  await endOne();
  await endOne();
  bench.deliver("3", { messageId: "0", session: third });
  await settle();
  expect(seen).toEqual([1, 2, 3]);
});

it("what is more than memory should hold is left to the hub", async () => {
  const { bench } = await gated();
  for (let index = 0; index < 502; index += 1) bench.deliver(String(index));
  expect(bench.inbox.status().waiting).toBe(500);
  expect(await bench.count("put_off")).toBe(2);
  expect(bench.log.lines().filter(({ msg }) => msg?.includes("the hub keeps the rest"))).toHaveLength(1);
});

it("an agent that stops lets the message in hand end, and leaves the others to the hub", async () => {
  const { bench, seen, endOne } = await gated();
  bench.deliver("1");
  bench.deliver("2");
  await settle();
  const drained = bench.inbox.drain(5_000);
  bench.deliver("3");
  await endOne();
  await drained;
  expect(seen).toEqual([1]);
  expect(bench.acknowledged).toEqual(["1"]);
});

it("an agent that stops handles what the hub was told of already, as long as it may; what it cannot is told as lost", async () => {
  const { bench, seen, endOne } = await gated();
  for (const body of ["1", "2", "3"]) bench.deliver(body);
  await settle();
  bench.clock.advance(45_000);
  bench.deliver("4");
  const drained = bench.inbox.drain(5_000);
  await endOne();
  bench.clock.advance(5_000);
  await drained;
  expect(seen).toEqual([1, 2]);
  expect(await bench.count("lost")).toBe(2);
  expect(bench.acknowledged).toEqual(["1", "2", "3"]);
});
