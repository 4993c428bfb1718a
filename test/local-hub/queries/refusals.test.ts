import { expect, test } from "vitest";
import { HubError } from "../../../src/local-hub/hub-error.ts";
import { parseCondition } from "../../../src/local-hub/queries/query.ts";
import { TWIN } from "./support/twin.ts";

test.each([
  ["", 1, "a property"],
  ["tags.group = 1", 6, "[[group]]"],
  ["tags.count = 1", 6, "[[count]]"],
  ["tags.1a = 1", 6, "[[in double brackets]]"],
  ["tags['x'] = 1", 5, "the end"],
  ["tags.list[0] = 'a'", 10, "the end"],
  ["tags.x IN ('a')", 11, '"["'],
  ["tags.x IN []", 12, "a string"],
  ["tags.x IN [['a']]", 11, '"["'],
  ["tags.x IN [tags.y]", 12, "a string"],
  ["tags.x NOT IN ['a']", 8, "the end"],
  ["a = b = c", 7, "the end"],
  ["a LIKE 'x%'", 3, "the end"],
  ["a == 1", 4, "a property"],
  ["a = 'x", 5, "does not end"],
  ["a = 'x\\n'", 5, "escape"],
  ["a = 1;", 6, "begins nothing"],
  ["-a = 1", 1, "a property"],
  ["(a = 1", 7, '")"'],
  ["a = 1)", 6, "the end"],
  ["a AND", 6, "a property"],
  ["* a", 3, "the end"],
  ["CONTAINS(deviceId, 'd')", 1, "STARTSWITH"],
  ["STARTS_WITH(deviceId, 'd')", 1, "STARTSWITH"],
  ["STARTSWITH(deviceId)", 20, '","'],
  ["IS_DEFINED('x')", 12, "a property"],
  ["devices.jobs.jobId = 'j'", 1, "another collection"],
  ["devices = 1", 9, '"."'],
])("%j is refused at character %i, in words: %s", (condition, position, words) => {
  const refusal = refusalOf(() => parseCondition(condition));
  expect(refusal.code).toBe("ArgumentInvalid");
  expect(refusal.message).toContain(`at character ${position}: `);
  expect(refusal.message).toContain(words);
});

test("a refusal repeats no string of the query", () => {
  expect(refusalOf(() => parseCondition("tags.key = 'a' 'secret'")).message).not.toContain("secret");
});

test.each<[string, (length: number) => string]>([
  ["parentheses", (length) => "(".repeat(length)],
  ["closed parentheses", (length) => `${"(".repeat(length / 2 - 2)}a=1${")".repeat(length / 2 - 2)}`],
  ["NOT", (length) => "NOT ".repeat(length / 4)],
  ["calls", (length) => "IS_NULL(".repeat(length / 8)],
  ["brackets", (length) => "[[a".repeat(length / 3)],
  ["quotes", (length) => `'${"\\'".repeat(length / 2 - 1)}`],
])("thousands of %s are refused, and do not exhaust the stack", (_what, text) => {
  expect(refusalOf(() => parseCondition(text(8192))).code).toBe("ArgumentInvalid");
});

test.each<[string, string, string]>([
  ["sums", "tags.n = 0", "+0"],
  ["products", "tags.n = 0", "*1"],
  ["alternatives", "tags.n=0", " OR tags.n=1"],
  ["requirements", "tags.n=0", " AND tags.n=0"],
])("a condition of thousands of %s, as long as may be, is answered", (_what, start, more) => {
  const text = start + more.repeat(Math.floor((8192 - start.length) / more.length));
  expect(parseCondition(text)({ tags: { n: 0 } })).toBe(true);
});

test("64 conditions within each other are taken, 65 refused", () => {
  const nested = (depth: number) => `${"(".repeat(depth)}deviceId = 'dev1'${")".repeat(depth)}`;
  expect(parseCondition(nested(64))(TWIN)).toBe(true);
  expect(refusalOf(() => parseCondition(nested(65))).message).toContain("within each other");
});

test("conditions beside each other may be as many as there is room for", () => {
  expect(parseCondition(`${"(NOT (version = 0)) AND ".repeat(300)}deviceId = 'dev1'`)(TWIN)).toBe(true);
});

test("8192 characters are taken, one more refused", () => {
  const text = "deviceId = 'dev1'".padEnd(8192);
  expect(parseCondition(text)(TWIN)).toBe(true);
  expect(refusalOf(() => parseCondition(`${text} `)).message).toContain("8192");
});

function refusalOf(attempt: () => unknown): HubError {
  try {
    attempt();
  } catch (error) {
    if (error instanceof HubError) return error;
    throw error;
  }
  throw new Error("it was not refused");
}
