import fc from "fast-check";
import { expect, test } from "vitest";
import { HOUR, MINUTE, parseDuration, printDuration, SECOND } from "../../src/durations.ts";
import { workspace } from "./workspace.ts";

test.each([
  [0, "0s"],
  [250, "250ms"],
  [30 * SECOND, "30s"],
  [90 * SECOND, "90s"],
  [5 * MINUTE, "5m"],
  [2 * HOUR, "2h"],
])("%d ms is written %s", (milliseconds, text) => {
  expect(printDuration(milliseconds)).toBe(text);
});

test("what is written is read back as the same", () => {
  fc.assert(
    fc.property(fc.nat(24 * HOUR), (milliseconds) => {
      expect(parseDuration(printDuration(milliseconds))).toBe(milliseconds);
    }),
  );
});

test("every number and unit within the limits is accepted, in milliseconds", () => {
  const space = workspace();
  const units = { ms: 1, s: SECOND, m: MINUTE, h: HOUR };
  const written = fc.tuple(
    fc.integer({ min: 1, max: 1000 }),
    fc.constantFrom(...(Object.keys(units) as (keyof typeof units)[])),
  );
  fc.assert(
    fc.property(written, ([count, unit]) => {
      const milliseconds = count * units[unit];
      const env = { HUBHAND_LINK_CONNECT_TIMEOUT: `${count}${unit}` };
      if (milliseconds > 24 * HOUR) expect(space.problems({ env })).toHaveLength(1);
      else expect(space.load({ env }).values.link.connectTimeout).toBe(milliseconds);
    }),
  );
});

test("no other text is a duration", () => {
  const space = workspace();
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), (text) => {
      fc.pre(!/^\s*\d+(\.\d+)?(ms|s|m|h)\s*$/.test(text));
      expect(space.problems({ env: { HUBHAND_LINK_CONNECT_TIMEOUT: text } })).toHaveLength(1);
    }),
  );
});

test("fractions are rounded to whole milliseconds", () => {
  const env = { HUBHAND_LINK_CONNECT_TIMEOUT: "1.5s", HUBHAND_LINK_CLOSE_TIMEOUT: "1.2345s" };
  expect(workspace().load({ env }).values.link).toMatchObject({ connectTimeout: 1500, closeTimeout: 1235 });
});
