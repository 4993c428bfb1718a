import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HubhandError } from "../../../src/errors.ts";
import type { Priority } from "../../../src/messages/outbox/outbox.ts";
import { fakeSession } from "../support/fake-session.ts";
import { senderBench, turns, upTo } from "../support/sender-bench.ts";

describe("while the device is online", () => {
  it("a message goes out at once, and is forgotten when the hub has it", async () => {
    const { sender, outbox, add, counted } = senderBench();
    const session = fakeSession();
    sender.use(session);
    await add(1);
    expect(session.sent).toEqual([1]);
    expect(outbox.left()).toEqual([1]);
    session.acknowledge();
    await turns();
    expect(outbox.left()).toEqual([]);
    expect(await counted("hubhand_messages_total", { direction: "device_to_cloud", outcome: "ok" })).toBe(1);
  });

  it("so many are on their way at once as is set, and each acknowledgement lets the next go", async () => {
    const { sender, add } = senderBench({ inFlight: 3 });
    const session = fakeSession();
    sender.use(session);
    await add(10);
    expect(session.sent).toEqual([1, 2, 3]);
    session.acknowledge();
    await turns();
    expect(session.sent).toEqual([1, 2, 3, 4]);
  });

  it("not more than four go in one turn of the event loop: direct methods have theirs between", async () => {
    const { sender, add } = senderBench({ inFlight: 100 });
    const session = fakeSession();
    sender.use(session);
    await turns();
    const adding = add(20);
    let before = 0;
    while (session.sent.length < 20) {
      await new Promise(setImmediate);
      expect(session.sent.length - before).toBeLessThanOrEqual(4);
      before = session.sent.length;
    }
    await adding;
  });
});

describe("a session that ends", () => {
  it("what it had not acknowledged is sent first on the next one, in the same order", async () => {
    const { sender, outbox, add, pass } = senderBench();
    const [first, second] = [fakeSession(), fakeSession()];
    sender.use(first);
    await add(4);
    first.acknowledge(2);
    await turns();
    first.end();
    await turns();
    sender.use(second);
    await pass(200, 4);
    expect(second.sent).toEqual([1, 3, 4]);
    second.acknowledgeAll();
    await turns();
    expect(outbox.left()).toEqual([]);
  });

  it("none is sent on the next one while some are on their way on the one before: they are not doubled", async () => {
    const { sender, outbox, add } = senderBench();
    const [older, newer] = [fakeSession(), fakeSession()];
    sender.use(older);
    await add(2);
    sender.use(newer);
    await add(1);
    expect(newer.sent).toEqual([]);
    older.acknowledge();
    older.acknowledge();
    await turns();
    expect(newer.sent).toEqual([3]);
    newer.acknowledgeAll();
    await turns();
    expect(outbox.left()).toEqual([]);
  });

  it("one that takes no messages for a while is tried again, and nothing passes what it refused", async () => {
    const { sender, add, pass } = senderBench();
    const session = fakeSession();
    let refuses = true;
    const sendMessage: typeof session.sendMessage = (message) =>
      refuses ? Promise.reject(new Error("handing over")) : session.sendMessage(message);
    sender.use({ ...session, sendMessage });
    await add(3);
    expect(session.sent).toEqual([]);
    refuses = false;
    await pass(999);
    expect(session.sent).toEqual([]);
    await pass(1);
    expect(session.sent).toEqual([1, 2, 3]);
  });

  it("at once, if the link says that it goes on", async () => {
    const { sender, add } = senderBench();
    const session = fakeSession();
    let refuses = true;
    const sendMessage: typeof session.sendMessage = (message) =>
      refuses ? Promise.reject(new Error("handing over")) : session.sendMessage(message);
    const flaky = { ...session, sendMessage };
    sender.use(flaky);
    await add(3);
    refuses = false;
    sender.use(flaky);
    await turns();
    expect(session.sent).toEqual([1, 2, 3]);
  });
});

describe("a hub that acknowledges nothing for 30 s", () => {
  it("is asked whether it is there; one that is not ends the session", async () => {
    const { sender, add, pass } = senderBench();
    const session = fakeSession({ onCheck: () => session.end() });
    sender.use(session);
    await add(1);
    await pass(29_999);
    expect(session.checks()).toBe(0);
    await pass(1);
    expect(session.checks()).toBe(1);
    const next = fakeSession();
    sender.use(next);
    await turns();
    expect(next.sent).toEqual([1]);
  });

  it("and one that is goes on: a message of which nothing is known is not sent twice", async () => {
    const { sender, add, pass } = senderBench();
    const session = fakeSession();
    sender.use(session);
    await add(2);
    await pass(100_000, 100);
    expect(session.checks()).toBe(3);
    expect(session.sent).toEqual([1, 2]);
  });

  it("but one whose acknowledgement was lost, as those of later ones came: from it on they are sent again", async () => {
    const { sender, outbox, add, pass } = senderBench();
    const session = fakeSession();
    sender.use(session);
    await add(3);
    session.acknowledge(2);
    await turns();
    await pass(30_000);
    await pass(1_500);
    expect(session.sent).toEqual([1, 2, 3, 1, 3]);
    session.acknowledgeAll();
    await turns();
    expect(outbox.left()).toEqual([]);
  });

  it("an acknowledgement starts the time again", async () => {
    const { sender, add, pass } = senderBench();
    const session = fakeSession();
    sender.use(session);
    await add(3);
    for (let i = 0; i < 2; i += 1) {
      await pass(20_000);
      session.acknowledge();
      await turns();
    }
    expect(session.checks()).toBe(0);
  });
});

it("a message that no session will ever take is dropped at once, and those behind it go", async () => {
  const { sender, outbox, add, counted } = senderBench();
  const session = fakeSession();
  session.acknowledgeAll();
  const sendMessage: typeof session.sendMessage = (message) =>
    message.sequence === 2
      ? Promise.reject(new HubhandError("MESSAGE_TOO_LARGE", "too large"))
      : session.sendMessage(message);
  sender.use({ ...session, sendMessage });
  await add(3);
  expect(session.sent).toEqual([1, 3]);
  expect(outbox.left()).toEqual([]);
  expect(await counted("hubhand_outbox_dropped_total", { reason: "poison" })).toBe(1);
});

describe("a message for which the hub ends every connection", () => {
  it("is tried alone, and dropped after five good sessions and five minutes; those behind it arrive", async () => {
    const { sender, outbox, add, pass, counted, lines } = senderBench();
    await add(20, { messageId: "bad-one", stream: "meter/" });
    let sessions = 0;
    while (outbox.left()[0] === 1 && sessions < 50) {
      const session = fakeSession();
      sender.use(session);
      await pass(100);
      if (sessions >= 2) expect([session.checks(), session.sent]).toEqual([1, [1]]);
      session.end();
      sessions += 1;
      await pass(20_000);
    }
    expect(sessions).toBeGreaterThanOrEqual(15);
    expect(await counted("hubhand_outbox_dropped_total", { reason: "poison" })).toBe(1);
    expect(lines.find(({ level }) => level === 50)).toMatchObject({ messageId: "bad-one", stream: "meter/" });
    const good = fakeSession();
    good.acknowledgeAll();
    sender.use(good);
    await pass(10_000, 100);
    expect(good.sent).toEqual(upTo(20, 2));
  });

  it("a line that breaks a hundred times in a minute proves nothing", async () => {
    const { sender, outbox, add, pass } = senderBench();
    await add(3);
    for (let i = 0; i < 100; i += 1) {
      const session = fakeSession();
      sender.use(session);
      await pass(300);
      session.end();
      await pass(300);
    }
    expect(outbox.left()).toEqual([1, 2, 3]);
  });
});

it("an outbox that fails, or a session that throws, is tried again: no fault ends the process", async () => {
  const { sender, outbox, add, pass, lines } = senderBench();
  const session = fakeSession();
  let throws = true;
  const sendMessage: typeof session.sendMessage = (message) => {
    if (throws) throw new Error("of a kind that was not foreseen");
    return session.sendMessage(message);
  };
  const take = outbox.take;
  outbox.take = () => {
    outbox.take = take;
    throw new Error("the disk");
  };
  sender.use({ ...session, sendMessage });
  await add(2);
  await pass(2_000, 2);
  throws = false;
  await pass(2_000, 2);
  expect(session.sent).toEqual([1, 2]);
  expect(lines.map(({ msg }) => msg)).toContain("a fault in the outbox; it is asked again soon");
});

describe("an agent that stops", () => {
  it("waits for what is on its way", async () => {
    const { sender, add } = senderBench();
    const session = fakeSession();
    sender.use(session);
    await add(1);
    let isSettled = false;
    const settled = sender.settle(1_000).then(() => {
      isSettled = true;
    });
    await turns();
    expect(isSettled).toBe(false);
    session.acknowledge();
    await settled;
  });

  it.each([
    [
      "for nothing that takes longer than it may",
      (session: ReturnType<typeof fakeSession>) => session,
      1_000,
    ],
    ["not without a session", (session: ReturnType<typeof fakeSession>) => session.end(), 0],
  ])("%s", async (_, before, after) => {
    const { sender, add, clock } = senderBench();
    const session = fakeSession();
    sender.use(session);
    await add(1);
    before(session);
    await turns();
    const since = clock.now();
    const settled = sender.settle(1_000);
    await turns();
    clock.advance(after);
    await settled;
    expect(clock.now() - since).toBe(after);
  });

  it("sends no more of a backlog: it is on disk", async () => {
    const { sender, add, pass } = senderBench({ drainDelay: 0 });
    await add(1_000);
    const session = fakeSession();
    sender.use(session);
    await pass(10);
    const sent = session.sent.length;
    expect(sent).toBeGreaterThan(0);
    const settled = sender.settle(10_000);
    session.acknowledgeAll();
    await settled;
    await pass(5_000, 10);
    expect(session.sent.length).toBe(sent);
  });
});

type Event = { readonly what: "add" | "acknowledge" | "end" | "replace" | "pass"; readonly which: number };

it("whatever happens in whatever order: all arrives, and of one priority for the first time in order", async () => {
  const events = fc.array(
    fc.record<Event>({
      what: fc.constantFrom("add", "add", "acknowledge", "acknowledge", "end", "replace", "pass"),
      which: fc.nat(40),
    }),
    { maxLength: 60 },
  );
  await fc.assert(
    fc.asyncProperty(events, fc.integer({ min: 1, max: 9 }), async (happenings, inFlight) => {
      const { sender, outbox, add, pass } = senderBench({ inFlight, drainDelay: 0 });
      const arrived: number[] = [];
      const priorities = new Map<number, Priority>();
      const connect = () => {
        const session = fakeSession();
        sender.use({
          ...session,
          sendMessage(message) {
            const sent = session.sendMessage(message);
            if (session.sent.at(-1) === message.sequence) arrived.push(message.sequence);
            return sent;
          },
        });
        return session;
      };
      let session = connect();
      let added = 0;
      for (const { what, which } of happenings) {
        const older = session;
        if (what === "add") {
          added += 1;
          const priority = (which % 3) as Priority;
          priorities.set(added, priority);
          await add(1, { priority });
        } else if (what === "acknowledge") session.acknowledge(session.open()[which % inFlight]);
        else if (what === "pass") await pass(which * 1_000, 3);
        else {
          if (what === "end") session.end();
          session = connect();
          older.end();
        }
        await turns(3);
      }
      session.acknowledgeAll();
      await pass(10_000, 200);
      expect(outbox.left()).toEqual([]);
      for (const priority of [0, 1, 2]) {
        const firsts = [...new Set(arrived)].filter((sequence) => priorities.get(sequence) === priority);
        expect(firsts).toEqual([...firsts].sort((one, other) => one - other));
      }
      expect(new Set(arrived).size).toBe(added);
    }),
    { numRuns: 40 },
  );
});
