import { randomBytes } from "node:crypto";
import { expect, it } from "vitest";
import { searchFor } from "../../../src/observe/log/text-search.ts";

const SIGNS = ["a", "b", '"', "7", "ü", "\u{1f512}"];
const made = (length: number): string =>
  [...randomBytes(length)].map((byte) => SIGNS[byte % SIGNS.length]).join("");

it("finds what includes() finds, at any place, and nothing else", () => {
  let found = 0;
  for (let round = 0; round < 3_000; round += 1) {
    const wanted = Array.from({ length: round % 5 }, (_, index) => made(3 + ((round + index) % 9)));
    const text =
      round % 2 === 0 ? made(round % 60) : `${made(round % 17)}${wanted[0] ?? ""}${made(round % 13)}`;
    const expected = wanted.some((one) => text.includes(one));
    expect(searchFor(wanted)(text)).toBe(expected);
    if (expected) found += 1;
  }
  expect(found).toBeGreaterThan(1_000);
  expect(found).toBeLessThan(2_500);
});

it("texts too short to be looked up in threes are found as well", () => {
  expect(searchFor(["ab", "long enough"])("xxab")).toBe(true);
  expect(searchFor(["ab", "long enough"])("xxa")).toBe(false);
});
