import { expect, test } from "vitest";
import { checkCondition } from "../../../src/commands/back-end/condition.ts";
import { callCommand } from "../../../src/commands/call.ts";
import { devicesCommand } from "../../../src/commands/devices.ts";
import { watchCommand } from "../../../src/commands/watch.ts";
import { runVerb } from "../support/run-verb.ts";

test.each([
  ["SELECT * FROM devices WHERE tags.site = 'x'", "leave out SELECT … WHERE"],
  ["select deviceId\nfrom devices\nwhere tags.site = 'x'", "leave out SELECT … WHERE"],
  ["WHERE tags.site = 'x'", "leave out WHERE"],
  ["SELECT * FROM devices", "leave out all of it"],
])("a whole query is refused with what to leave out: %j", (written, advice) => {
  expect(() => checkCondition(written)).toThrow(
    `--query takes what stands behind WHERE, and no whole query: ${advice}`,
  );
});

test.each([undefined, "*", "tags.site = 'x'", "FROM devices.modules WHERE moduleId = 'm'", "selected = 1"])(
  "a condition is left to the hub: %j",
  (written) => expect(checkCondition(written)).toBeUndefined(),
);

test.each([
  [devicesCommand, []],
  [watchCommand, []],
  [callCommand, ["reboot"]],
] as const)("each verb that takes one looks, before the hub is asked: %#", async (verb, words) => {
  const outcome = await runVerb(verb, ["--query", "SELECT * FROM devices WHERE deviceId = 'a'", ...words]);
  expect(outcome).toMatchObject({
    exitCode: 78,
    errors: expect.stringContaining("leave out SELECT … WHERE"),
  });
});
