import { expect, test } from "vitest";
import { HubhandError } from "../../src/errors.ts";
import { checkInvocation } from "../../src/service/method-invocation.ts";
import { parsePayload } from "../../src/service/payload.ts";

function problem(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof HubhandError && error.code === "CALL_INVALID") return error.message;
    throw error;
  }
  throw new Error("it was accepted");
}

test.each(['{"a":[1,null,"ü"]}', "7", "null", '"text"', " [] \n", '{"__proto__":1}'])(
  "is read: %s",
  (text) => {
    expect(JSON.stringify(parsePayload(text))).toBe(text.trim());
  },
);

test.each([
  ["hello", `"h" at character 1 does not belong there. If the word itself is meant: '"hello"'.`],
  ["on-off.2", `"o" at character 1 does not belong there. If the word itself is meant: '"on-off.2"'.`],
  ["nul", `it ends too early. If the word itself is meant: '"nul"'.`],
  [
    "{a:1}",
    `"a" at character 2 does not belong there. The shell may have taken the double quotes: write '{"a":1}'`,
  ],
  ["'{\"a\":1}'", `"'" at character 1 does not belong there. This shell passes single quotes on`],
  ['{"a":hello,"b":"a long text that stands after it"}', '"h" at character 6 does not belong there.'],
  ['{"a":1', "it ends too early."],
  ['"a', "it ends too early."],
  ['{"a":1}}', '"}" at character 8 does not belong there.'],
  ["[1,,2]", '"," at character 4 does not belong there.'],
  ["[1,]", '"]" at character 4 does not belong there.'],
  ["01", '"1" at character 2 does not belong there.'],
  ["1 2", '"2" at character 3 does not belong there.'],
  ['"\\q"', '"q" at character 3 does not belong there.'],
  ['{\n  "a": 1,\n  b: 2\n}', '"b" at character 15 (line 3) does not belong there.'],
  ['"tab\t"', '"\\t" at character 5 does not belong there.'],
  ["[🐟]", '"🐟" at character 2 does not belong there.'],
  ["", "it is empty (leave it out to send none)."],
  ["  ", "it is empty (leave it out to send none)."],
])("%j is not JSON, and the place is told", (text, told) => {
  expect(problem(() => parsePayload(text))).toContain(`The payload is not JSON: ${told}`);
});

const call = { deviceId: "pi", methodName: "any" };

test("128 KiB of JSON may be sent, and not one byte more", () => {
  const fits = "é".repeat((128 * 1024 - 2) / 2);
  expect(() => checkInvocation({ ...call, payload: fits })).not.toThrow();
  expect(problem(() => checkInvocation({ ...call, payload: `${fits}x` }))).toBe(
    "The payload has 131073 bytes as JSON; the hub takes 131072 (128 KiB). Nothing was sent.",
  );
});

test("what cannot be JSON is not sent", () => {
  const circular: unknown[] = [];
  circular.push(circular);
  const deep = parsePayload(`${"[".repeat(60_000)}${"]".repeat(60_000)}`);
  expect(problem(() => checkInvocation({ ...call, payload: circular }))).toContain("is not JSON");
  expect(problem(() => checkInvocation({ ...call, payload: 1n }))).toContain("is not JSON");
  expect(problem(() => checkInvocation({ ...call, payload: deep }))).toContain("is nested too deeply");
});

test.each([
  [{ responseTimeoutSeconds: 4 }, "The response time-out is 4 s; the hub takes whole seconds from 5 to 300."],
  [{ responseTimeoutSeconds: 0 }, "The response time-out is 0 s"],
  [{ responseTimeoutSeconds: 5.5 }, "The response time-out is 5.5 s"],
  [{ responseTimeoutSeconds: Number.NaN }, "The response time-out is NaN s"],
  [
    { connectTimeoutSeconds: 301 },
    "The connect time-out is 301 s; the hub takes whole seconds from 0 to 300.",
  ],
  [{ deviceId: "" }, "The device id is empty."],
  [{ methodName: "" }, "The method name is empty."],
  [{ moduleId: "" }, "The module id is empty."],
  [{ deviceId: "\ud800" }, "The device id is not well-formed Unicode."],
])("%j is refused before it is sent", (wrong, told) => {
  expect(problem(() => checkInvocation({ ...call, ...wrong }))).toContain(told);
});
