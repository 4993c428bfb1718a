import fc from "fast-check";
import { expect, test } from "vitest";
import { createLog } from "../../../src/local-hub/messages/log.ts";
import { encodePropertyBag, parsePropertyBag } from "../../../src/local-hub/messages/property-bag.ts";
import { createRing } from "../../../src/local-hub/messages/ring.ts";

test("the newest messages are kept, as many as the limits of number and of bytes let", () => {
  const sizes = fc.array(fc.integer({ min: 0, max: 12 }), { maxLength: 40 });
  fc.assert(
    fc.property(sizes, (given) => {
      const ring = createRing<number>({ mostEntries: 5, mostBytes: 20 });
      for (const size of given) ring.append((number) => number, size);
      const kept = Array.from({ length: ring.end - ring.start }, (_, index) => ring.start + index);
      expect(ring.end).toBe(given.length + 1);
      expect(kept.map((number) => ring.get(number))).toEqual(kept);
      expect(ring.get(ring.start - 1)).toBeUndefined();
      const bytes = (from: number) => given.slice(from - 1).reduce((sum, size) => sum + size, 0);
      expect(kept.length).toBeLessThanOrEqual(5);
      expect(bytes(ring.start)).toBeLessThanOrEqual(20);
      // One more would not have fitted.
      if (ring.start > 1) expect(kept.length === 5 || bytes(ring.start - 1) > 20).toBe(true);
    }),
  );
});

test("who reads slowly goes on with the oldest that is kept, and makes nothing grow", async () => {
  const log = createLog<{ sequenceNumber: number; deviceId: string }>({ mostEntries: 3, mostBytes: 1000 });
  const slow = log.watch()[Symbol.asyncIterator]();
  for (let count = 0; count < 10; count++) {
    log.append((sequenceNumber) => ({ sequenceNumber, deviceId: "dev1" }), 1);
  }
  expect((await slow.next()).value.sequenceNumber).toBe(8);
  const stopped = new AbortController();
  const waiting = log.watch({ signal: stopped.signal })[Symbol.asyncIterator]().next();
  stopped.abort();
  expect((await waiting).done).toBe(true);
});

test("any properties come through a topic as they were, and none of MQTT's wildcards gets into it", () => {
  const names = fc.oneof(fc.constant("__proto__"), fc.string({ unit: "grapheme", minLength: 1 }));
  const entries = fc.array(fc.tuple(names, fc.option(fc.string({ unit: "grapheme" }))));
  fc.assert(
    fc.property(entries, (given) => {
      const bag = Object.fromEntries(given);
      const text = encodePropertyBag(bag);
      expect(text).not.toMatch(/[#+/]/);
      expect(Object.entries(parsePropertyBag(text))).toEqual(Object.entries(bag));
    }),
  );
  expect(parsePropertyBag("?a&b=&c=1=2&%zz=%")).toEqual({ a: null, b: "", c: "1=2", "%zz": "%" });
});
