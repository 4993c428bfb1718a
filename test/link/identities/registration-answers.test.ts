import { describe, expect, it } from "vitest";
import { pacedTopic, parseThrottling } from "../../../src/link/identities/registration-answers.ts";

const answer = (status: string | number, more = ""): string =>
  `$dps/registrations/res/${status}/?$rid=a1${more}`;
const MINUTE = 60_000;

describe("a provisioning service that wants to be left alone", () => {
  it.each<[string, number | undefined]>([
    ["5", 5_000],
    ["0.5", 500],
    ["900", 15 * MINUTE],
    ["99999999", 15 * MINUTE],
    ["Infinity", undefined],
    ["abc", undefined],
    ["0", undefined],
    ["-5", undefined],
    ["", undefined],
  ])("for %j s is obeyed, within reason", (seconds, retryAfter) => {
    const throttled = parseThrottling(answer(429, `&retry-after=${seconds}`));
    expect(throttled).toEqual({ status: 429, ...(retryAfter === undefined ? {} : { retryAfter }) });
  });

  it("need not say for how long", () => {
    expect(parseThrottling(answer(503))).toEqual({ status: 503 });
  });

  it.each([
    answer(200),
    answer(202, "&retry-after=5"),
    answer(404),
    answer("x"),
    "$iothub/methods/POST/x/?$rid=1",
  ])("does not say so by %s", (topic) => {
    expect(parseThrottling(topic)).toBeUndefined();
  });
});

describe("how often the SDK asks how far the assignment is", () => {
  it.each([
    answer(202),
    answer(202, "&retry-after=1"),
    answer(202, "&retry-after=2.5"),
    answer(202, "&retry-after=60"),
    "$iothub/methods/POST/x/?$rid=1&retry-after=0",
  ])("is left to the service: %s", (topic) => {
    expect(pacedTopic(topic)).toBe(topic);
  });

  it.each([
    ["&retry-after=0", "1"],
    ["&retry-after=-5", "1"],
    ["&retry-after=1e9", "60"],
    ["&retry-after=Infinity", "60"],
    ["&retry-after=abc", "3"],
    ["&retry-after=", "3"],
    ["&retry-after=2&retry-after=2", "2"],
  ])("is put right where it is odd: %s", (more, seconds) => {
    const [, query] = pacedTopic(answer(202, more)).split("/202/?");
    expect(Object.fromEntries(new URLSearchParams(query))).toEqual({ $rid: "a1", "retry-after": seconds });
  });
});
