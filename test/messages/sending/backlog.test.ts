import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createDrainPace } from "../../../src/messages/sending/drain-pace.ts";
import { fakeSession } from "../support/fake-session.ts";
import { message } from "../support/memory-outbox.ts";
import { senderBench, turns, upTo } from "../support/sender-bench.ts";

async function acknowledging() {
  const session = fakeSession();
  session.acknowledgeAll();
  return session;
}

describe("a backlog, when the device is back", () => {
  it("of a second's worth at most is sent without a wait, spread over that second", async () => {
    const { sender, add, pass } = senderBench({ drainRate: 50 });
    await add(50);
    const session = await acknowledging();
    sender.use(session);
    await pass(100, 20);
    expect(session.sent.length).toBeGreaterThanOrEqual(5);
    expect(session.sent.length).toBeLessThanOrEqual(8);
    await pass(1_000, 200);
    expect(session.sent).toEqual(upTo(50));
  });

  it("of more waits a random part of the delay, then goes at the rate", async () => {
    const { sender, add, pass, lines } = senderBench({ drainDelay: 5_000, random: () => 0.4 });
    await add(500);
    const session = await acknowledging();
    sender.use(session);
    await pass(1_999);
    expect(session.sent).toEqual([]);
    await pass(2_000, 400);
    expect(session.sent.length).toBeGreaterThan(90);
    expect(session.sent.length).toBeLessThanOrEqual(104);
    await pass(9_000, 1_800);
    expect(session.sent).toEqual(upTo(500));
    expect(lines.map(({ msg, messages }) => [msg, messages])).toEqual([
      ["a backlog of messages is to be sent", 500],
      ["the backlog of messages is sent", 500],
    ]);
  });

  it("that a disk gives only when the device is back already goes at the rate, too", async () => {
    const { sender, outbox, add, pass } = senderBench({ drainRate: 50, drainDelay: 0 });
    const session = await acknowledging();
    sender.use(session);
    await add(1);
    outbox.comeLate(Array.from({ length: 500 }, () => message()));
    await pass(1_000, 200);
    expect(session.sent.length).toBeGreaterThan(40);
    expect(session.sent.length).toBeLessThan(60);
    await pass(10_000, 2_000);
    expect(session.sent).toEqual(upTo(501));
  });

  it("ends however many come in behind it, in order", async () => {
    const { sender, outbox, add, pass } = senderBench({ drainRate: 50, drainDelay: 0 });
    await add(200);
    const session = await acknowledging();
    sender.use(session);
    for (let i = 0; i < 50; i += 1) {
      await add(10);
      await pass(100, 10);
    }
    expect(outbox.left().length).toBeLessThan(20);
    expect(session.sent).toEqual(upTo(session.sent.length));
  });

  it("is sent more slowly after the hub has ended the connection over it, and by and by as before", async () => {
    const { sender, add, pass } = senderBench({ drainRate: 20, drainDelay: 0 });
    await add(1_000);
    const first = fakeSession();
    sender.use(first);
    await pass(100, 10);
    first.end();
    await turns();
    const session = await acknowledging();
    sender.use(session);
    const sentIn = async (milliseconds: number): Promise<number> => {
      const before = session.sent.length;
      await pass(milliseconds, milliseconds / 10);
      return session.sent.length - before;
    };
    expect(await sentIn(2_000)).toBeLessThan(24);
    await pass(28_500, 100);
    expect(await sentIn(2_000)).toBeGreaterThan(37);
  });
});

it("an outbox that has none to give for a while is asked again when it says so, and the rate still holds then", async () => {
  const { sender, outbox, add, pass } = senderBench({ drainDelay: 0 });
  await add(100);
  const take = outbox.take;
  let asked = 0;
  outbox.take = () => {
    asked += 1;
    return [];
  };
  const session = await acknowledging();
  sender.use(session);
  await pass(10_000, 100);
  expect(asked).toBe(1);
  outbox.take = take;
  outbox.putBack();
  await pass(1_000, 100);
  expect(session.sent.length).toBeGreaterThan(40);
  expect(session.sent.length).toBeLessThan(60);
});

describe("fresh messages first, if asked", () => {
  it("what is handed over since goes at once, before a backlog that still waits", async () => {
    const { sender, add, pass } = senderBench({ order: "fresh-first" });
    await add(100);
    const session = await acknowledging();
    sender.use(session);
    await add(3);
    expect(session.sent).toEqual([101, 102, 103]);
    await pass(6_000, 1_000);
    await add(1);
    expect(session.sent.at(-1)).toBe(104);
    expect(session.sent.filter((sequence) => sequence <= 100)).toEqual(upTo(100));
  });

  it("otherwise in the order in which they were handed over", async () => {
    const { sender, add, pass } = senderBench({ order: "oldest-first" });
    await add(100);
    const session = await acknowledging();
    sender.use(session);
    await add(3);
    expect(session.sent).toEqual([]);
    await pass(6_000, 1_000);
    expect(session.sent).toEqual(upTo(103));
  });
});

it("in no stretch of time are more sent than the rate allows, and one burst", () => {
  const steps = fc.array(fc.tuple(fc.integer({ min: 0, max: 3_000 }), fc.integer({ min: 0, max: 500 })), {
    minLength: 1,
    maxLength: 60,
  });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2_000 }), steps, (rate, sequence) => {
      const pace = createDrainPace(rate);
      const sends: { at: number; count: number }[] = [];
      let now = 0;
      for (const [passed, wanted] of sequence) {
        now += passed;
        const count = Math.min(wanted, pace.allowance(now));
        pace.sent(count);
        sends.push({ at: now, count });
      }
      for (const [from, first] of sends.entries()) {
        let total = 0;
        for (const { at, count } of sends.slice(from)) {
          total += count;
          const allowed = ((at - first.at) / 1_000) * rate + Math.max(1, rate * 0.05);
          expect(total).toBeLessThanOrEqual(allowed + 1e-6);
        }
      }
    }),
  );
});
