import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";

const ROOT = path.resolve(import.meta.dirname, "../..");
const page = readFileSync(path.join(ROOT, "SECURITY.md"), "utf8");

test("each answer of the threat model names the test that keeps it, and all that is named is there", () => {
  const rows = [...page.matchAll(/^\| answer \|.*\n\|[-|]+\|\n((?:\|.*\n)+)/gm)].flatMap(([, text = ""]) =>
    text.trimEnd().split("\n"),
  );
  expect(rows.length).toBeGreaterThan(20);
  expect(rows.filter((row) => !/`test\/[^`]+` \|$/.test(row))).toEqual([]);
  const named = [...page.matchAll(/`((?:src|test|docs|scripts)\/[^`]+)`/g)].map(([, name = ""]) => name);
  expect(named.filter((name) => !existsSync(path.join(ROOT, name)))).toEqual([]);
});

test("each attacker's part says what is left", () => {
  const [, attacks = ""] = page.split("## Who attacks");
  const parts = attacks.split("\n### ").slice(1);
  const tables = parts.filter((part) => part.includes("| kept by |"));
  expect(tables.length).toBeGreaterThan(5);
  expect(tables.filter((part) => !part.includes("**Left.**"))).toEqual([]);
});
