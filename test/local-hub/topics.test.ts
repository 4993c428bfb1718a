import fc from "fast-check";
import { expect, test } from "vitest";
import {
  desiredTopic,
  isSubscribable,
  methodRequestTopic,
  readPublishTopic,
  twinResponseTopic,
} from "../../src/local-hub/mqtt-face/topics.ts";

test.each([
  ["devices/d/messages/events/", { kind: "message", properties: "" }],
  ["devices/d/messages/events", { kind: "message", properties: "" }],
  ["devices/d/messages/events/a=1&$.mid=x%2Fy", { kind: "message", properties: "a=1&$.mid=x%2Fy" }],
  ["devices/d/messages/events/a=1/", { kind: "message", properties: "a=1" }],
  ["$iothub/methods/res/200/?$rid=1a", { kind: "method-reply", status: 200, requestId: "1a" }],
  ["$iothub/methods/res/-1/?$rid=x", { kind: "method-reply", status: -1, requestId: "x" }],
  ["$iothub/twin/GET/?$rid=7", { kind: "twin-read", requestId: "7" }],
  ["$iothub/twin/GET/?$rid=7&a=b", { kind: "twin-read", requestId: "7" }],
  ["$iothub/twin/PATCH/properties/reported/?$rid=7", { kind: "twin-report", requestId: "7" }],
  [
    "$iothub/twin/PATCH/properties/reported/?$rid=7&$version=2",
    { kind: "twin-report", requestId: "7", ifVersion: 2 },
  ],
  ["", undefined],
  ["devices/other/messages/events/", undefined],
  ["devices/d/messages/events/a/b", undefined],
  ["devices/d/messages/events//", undefined],
  ["devices/d/messages/devicebound/", undefined],
  ["devices/d/modules/m/messages/events/", undefined],
  ["$iothub/methods/POST/x/?$rid=1", undefined],
  ["$iothub/methods/res/ok/?$rid=1", undefined],
  ["$iothub/methods/res/200/?$rid=", undefined],
  ["$iothub/methods/res/200/", undefined],
  ["$iothub/methods/res/99999999999/?$rid=1", undefined],
  ["$iothub/twin/DELETE/?$rid=7", undefined],
  ["$SYS/anything", undefined],
])("device d publishes to %j: %j", (topic, meaning) => {
  expect(readPublishTopic(topic, "d")).toEqual(meaning);
});

test.each([
  ["devices/d/modules/m/messages/events/%24.on=alarms/", { kind: "message", properties: "%24.on=alarms" }],
  ["$iothub/methods/res/200/?$rid=1a", { kind: "method-reply", status: 200, requestId: "1a" }],
  ["$iothub/twin/GET/?$rid=7", { kind: "twin-read", requestId: "7" }],
  ["devices/d/messages/events/", undefined],
  ["devices/d/modules/other/messages/events/", undefined],
  ["devices/d/m/messages/events/", undefined],
])("module m of device d publishes to %j: %j", (topic, meaning) => {
  expect(readPublishTopic(topic, "d/m")).toEqual(meaning);
});

test.each([
  ["$iothub/methods/POST/#", true],
  ["$iothub/twin/res/#", true],
  ["$iothub/twin/PATCH/properties/desired/#", true],
  ["devices/d/messages/devicebound/#", true],
  ["devices/other/messages/devicebound/#", false],
  ["devices/+/messages/devicebound/#", false],
  ["devices/d/messages/events/#", false],
  ["$iothub/methods/POST/+", false],
  ["$iothub/methods/POST/x/#", false],
  ["$iothub/methods/#", false],
  ["$iothub/#", false],
  ["#", false],
  ["$SYS/#", false],
  ["", false],
])("device d subscribes to %j: allowed is %j", (filter, allowed) => {
  expect(isSubscribable(filter, "d")).toBe(allowed);
});

test.each([
  ["$iothub/methods/POST/#", true],
  ["$iothub/twin/res/#", true],
  ["devices/d/modules/m/inputs/#", true],
  ["devices/d/modules/other/inputs/#", false],
  ["devices/d/modules/m/#", false],
  ["devices/d/messages/devicebound/#", false],
  ["devices/d/modules/m/messages/devicebound/#", false],
])("module m of device d subscribes to %j: allowed is %j", (filter, allowed) => {
  expect(isSubscribable(filter, "d/m")).toBe(allowed);
});

test("whatever a method's name, its topic has one shape, from which the name can be read again", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, unit: "grapheme" }), (methodName) => {
      fc.pre(methodName.isWellFormed());
      const topic = methodRequestTopic({ methodName, requestId: "1f" });
      const name = /^\$iothub\/methods\/POST\/([^/+#]+)\/\?\$rid=1f$/.exec(topic)?.[1];
      expect(decodeURIComponent(name ?? "")).toBe(methodName);
    }),
  );
});

test("the answers to twin requests, and a change of desired properties", () => {
  expect(twinResponseTopic({ status: 200, requestId: "7" })).toBe("$iothub/twin/res/200/?$rid=7");
  expect(twinResponseTopic({ status: 204, requestId: "7", version: 6 })).toBe(
    "$iothub/twin/res/204/?$rid=7&$version=6",
  );
  expect(desiredTopic(3)).toBe("$iothub/twin/PATCH/properties/desired/?$version=3");
});
