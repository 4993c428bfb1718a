import fc from "fast-check";
import { expect, it } from "vitest";
import { HubhandError } from "../../../src/errors.ts";
import type { Session } from "../../../src/messages/inbox/receipts.ts";
import { createInboxBench, type InboxBench, settle } from "./bench.ts";

/** The hub's side: its queue, and a session that acknowledges in the order of the messages, as MQTT wants it. */
function createModelHub(bench: InboxBench) {
  const queue: string[] = [];
  let order: { readonly id: string; isAcknowledged: boolean }[] = [];
  let end = (): void => {};
  let session: Session | undefined;

  function deliver(id: string): void {
    const delivery = { id, isAcknowledged: false };
    const here = order;
    here.push(delivery);
    const acknowledge = (): void => {
      // After the session's end it does nothing.
      if (here !== order) return;
      delivery.isAcknowledged = true;
      while (order[0]?.isAcknowledged === true) {
        const [sent] = order.splice(0, 1);
        queue.splice(queue.indexOf(sent?.id ?? ""), 1);
      }
    };
    const [type = ""] = id;
    if (session === undefined) return;
    const message = { messageId: id, properties: { type }, body: Buffer.from(id), contentType: "text/plain" };
    bench.inbox.receive(
      { correlationId: undefined, contentEncoding: undefined, input: undefined, ...message },
      acknowledge,
      session,
    );
  }

  function connect(): void {
    end();
    order = [];
    session = { ended: new Promise<void>((resolve) => (end = resolve)) };
    for (const id of [...queue]) deliver(id);
  }

  return {
    queue,
    send(id: string) {
      queue.push(id);
      deliver(id);
    },
    connect,
  };
}

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("send" as const), to: fc.constantFrom("a", "b") }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant("end" as const), how: fc.constantFrom("ok", "fail", "down") }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("connect" as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.constantFrom(500, 5_000, 46_000) }),
  },
);

it("whatever handlers, sessions and time do: each message is handled well once, in its order, and the hub knows it", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 30 }),
      fc.integer({ min: 0, max: 3 }),
      async (steps, queue) => {
        const bench = await createInboxBench({ attempts: 1_000 });
        const hub = createModelHub(bench);
        const handled: string[] = [];
        const open: { readonly id: string; end(how: string): void }[] = [];
        let isCalm = false;
        for (const name of ["a", "b"])
          bench.handle(
            name,
            ({ payload }) =>
              new Promise<void>((resolve, reject) => {
                const id = String(payload);
                const end = (how: string): void => {
                  if (how === "ok") handled.push(id);
                  if (how === "ok") resolve();
                  else
                    reject(
                      how === "down" ? new HubhandError("PLUGIN_DOWN", "it is down") : new Error("failed"),
                    );
                };
                if (isCalm) end("ok");
                else open.push({ id, end });
              }),
            { queue, timeout: 10_000_000 },
          );
        hub.connect();
        let sent = 0;
        for (const one of steps) {
          if (one.do === "send") {
            sent += 1;
            hub.send(`${one.to}${sent}`);
          } else if (one.do === "end") open.shift()?.end(one.how);
          else if (one.do === "connect") hub.connect();
          else bench.clock.advance(one.ms);
          await settle();
        }
        // Then all goes well.
        isCalm = true;
        for (const { end } of open.splice(0)) end("ok");
        for (let round = 0; round < 3; round += 1) {
          await settle();
          bench.clock.advance(60_000);
        }
        hub.connect();
        await settle();
        await settle();
        expect(handled).toHaveLength(sent);
        for (const to of ["a", "b"]) {
          const own = handled.filter((id) => id.startsWith(to)).map((id) => Number(id.slice(1)));
          expect(own).toEqual(own.toSorted((x, y) => x - y));
        }
        expect(new Set(handled).size).toBe(sent);
        expect(hub.queue).toEqual([]);
        expect(bench.inbox.status().waiting).toBe(0);
      },
    ),
    { numRuns: 100 },
  );
});
