import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isMethodTopic, parseMethodTopic, replyTopic } from "../../../src/link/topics/method-topics.ts";

describe("a method's topic", () => {
  it.each([
    ["$iothub/methods/POST/reboot/?$rid=1", { methodName: "reboot", requestId: "1" }],
    ["$iothub/methods/POST/reboot?$rid=1", { methodName: "reboot", requestId: "1" }],
    ["$iothub/methods/POST/a%20b/?$rid=7f", { methodName: "a b", requestId: "7f" }],
    [
      "$iothub/methods/POST/hubhand.ping/?x=1&$rid=a%3D&y=2",
      { methodName: "hubhand.ping", requestId: "a%3D" },
    ],
    ["$iothub/methods/POST/100%/?$rid=1", { methodName: "100%", requestId: "1" }],
  ])("%s is a call", (topic, expected) => {
    expect(parseMethodTopic(topic)).toEqual(expected);
  });

  it.each([
    "$iothub/methods/POST/",
    "$iothub/methods/POST/reboot",
    "$iothub/methods/POST/?$rid=1",
    "$iothub/methods/POST/a/b/?$rid=1",
    "$iothub/methods/POST/reboot/?$rid=",
    // Its reply's topic would have more bytes than MQTT can say.
    `$iothub/methods/POST/reboot/?$rid=${"1".repeat(65_500)}`,
  ])("%s is none, and no reason to fall over", (topic) => {
    expect(isMethodTopic(topic)).toBe(true);
    expect(parseMethodTopic(topic)).toBeUndefined();
  });

  it("gives back any name and any request id", () => {
    const rid = fc.stringMatching(/^[A-Za-z0-9%._~-]{1,40}$/);
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: "grapheme" }), rid, (methodName, requestId) => {
        const topic = `$iothub/methods/POST/${encodeURIComponent(methodName)}/?$rid=${requestId}`;
        expect(parseMethodTopic(topic)).toEqual({ methodName, requestId });
        expect(replyTopic(requestId, 200)).toBe(`$iothub/methods/res/200/?$rid=${requestId}`);
      }),
    );
  });
});
