import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { PAGE, withSections } from "../../bench/fleet/page.ts";
import { ARITHMETIC } from "../../bench/fleet/tables.ts";

test("what is reckoned on the page on a million devices is what the program reckons", () => {
  const page = readFileSync(PAGE, "utf8");
  const sections = Object.fromEntries(Object.entries(ARITHMETIC).map(([name, make]) => [name, make()]));
  expect(page, "npm run bench:fleet -- --write").toBe(withSections(page, sections));
});

test("a page without a place for a table is told", () => {
  expect(() => withSections("no mark", { day: "" })).toThrow(/no place for "day"/);
});
