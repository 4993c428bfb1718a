import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkTaskParts, checkTasks, mergeTasks, type WrittenTasks } from "../../src/rules/written-tasks.ts";

it.each<[string, WrittenTasks]>([
  ["nothing", {}],
  ["another time", { "relay/nightly-off": { cron: "0 4 * * *", timezone: "Europe/Berlin" } }],
  ["an interval, spread", { "climate/measure": { every: "5m", jitter: "1m", timeout: "30s" } }],
  [
    "what else may be changed",
    { "a/b": { enabled: false, overlap: "queue", runAtStart: true, catchUp: "once" } },
  ],
  ["a task of the device's own", { report: { every: "1h", method: "disk-space", payload: { path: "/" } } }],
  ["its answer is sent", { report: { cron: "@daily", method: "disk-space", telemetry: true } }],
  [
    "and how",
    {
      report: {
        every: "1h",
        method: "disk-space",
        telemetry: { stream: "disk", priority: "low", timeToLive: "2h", properties: { type: "disk" } },
      },
    },
  ],
])("tasks may say %s", (_, tasks) => expect(checkTasks(tasks)).toBeUndefined());

const own = { method: "m", every: "5m" };

it.each<[string, unknown, string | RegExp]>([
  ["a list", [], /^expected a mapping of tasks/],
  ["a text", "x", /^expected a mapping of tasks/],
  [
    "no mapping inside",
    { "a/b": "0 3 * * *" },
    "a/b: expected a mapping with keys such as cron, every and enabled",
  ],
  ["no name", { "a/b/c": {} }, /^"a\/b\/c" is no name of a task; expected "plugin\/task"/],
  ["an empty name", { "": own }, /^"" is no name/],
  ["a misspelt key", { "a/b": { evry: "5m" } }, 'a/b: it has an unknown key "evry". Did you mean every?'],
  ["an unknown key", { "a/b": { colour: 1 } }, /unknown key "colour"\. It may have cron, every, enabled/],
  ["both times", { "a/b": { cron: "* * * * *", every: "5m" } }, /^a\/b: it has both cron and every/],
  [
    "a bad expression",
    { "a/b": { cron: "61 * * * *" } },
    /^a\/b\.cron: "61 \* \* \* \*" is not a cron expression/,
  ],
  ["a bad zone", { "a/b": { timezone: "Mars/Base" } }, /^a\/b\.timezone: "Mars\/Base" is not a time zone/],
  ["no unit", { "a/b": { every: 5 } }, 'a/b.every: expected a duration like "30s" or "5m"'],
  ["too short", { "a/b": { every: "10ms" } }, "a/b.every: expected a duration from 1s to 24h"],
  ["too long", { "a/b": { every: "25h" } }, "a/b.every: expected a duration from 1s to 24h"],
  [
    "a jitter over the interval",
    { "a/b": { every: "5m", jitter: "6m" } },
    "a/b.jitter: 6m is longer than every, 5m",
  ],
  ["a bad word", { "a/b": { overlap: "twice" } }, "a/b.overlap: expected one of skip, allow, queue"],
  ["a word for a boolean", { "a/b": { enabled: "no" } }, "a/b.enabled: expected true or false"],
  [
    "a method of a plugin's task",
    { "a/b": { method: "m" } },
    /^a\/b\.method: it is of the device's own tasks alone/,
  ],
  [
    "no method of an own one",
    { beat: { every: "5m" } },
    /^beat: .+ names no method to run\. .+ "plugin\/beat"$/,
  ],
  [
    "no time of an own one",
    { beat: { method: "m" } },
    "beat: it has neither cron nor every; give one of them",
  ],
  [
    "a bad stream",
    { beat: { ...own, telemetry: { stream: 7 } } },
    "beat.telemetry: stream: it is of type number; expected a text",
  ],
  ["a stream without a name", { beat: { ...own, telemetry: { stream: "" } } }, /stream: it is a text that/],
  ["a long output", { beat: { ...own, telemetry: { output: "a".repeat(129) } } }, /it has 129 characters/],
  [
    "a bad priority",
    { beat: { ...own, telemetry: { priority: 1 } } },
    /^beat\.telemetry: priority: expected one of high/,
  ],
  [
    "a bad life",
    { beat: { ...own, telemetry: { timeToLive: "0s" } } },
    /^beat\.telemetry: timeToLive: expected a/,
  ],
  [
    "a bad property",
    { beat: { ...own, telemetry: { properties: { a: 1 } } } },
    'beat.telemetry: properties: it has "a", which is of type number; expected a text without control characters',
  ],
  [
    "a property of the hub's",
    { beat: { ...own, telemetry: { properties: { "iothub-x": "1" } } } },
    /properties: it has a name "iothub-x" that is the hub's own/,
  ],
])("refused with its place: %s", (_, tasks, problem) => {
  expect(checkTasks(tasks)).toEqual(typeof problem === "string" ? problem : expect.stringMatching(problem));
});

it("a payload is never shown", () => {
  const tasks = { beat: { every: 5, method: "m", payload: { key: "s3cret" } } };
  expect(checkTasks(tasks)).not.toContain("s3cret");
});

describe("several sources", () => {
  it("go together key by key; cron and every take each other's place", () => {
    const earlier: WrittenTasks = {
      "a/b": { cron: "* * * * *", jitter: "5s" },
      beat: { method: "m", every: "5m" },
    };
    const later: WrittenTasks = { "a/b": { every: "1h" }, beat: { enabled: false } };
    expect(mergeTasks(earlier, later)).toEqual({
      "a/b": { every: "1h", jitter: "5s" },
      beat: { method: "m", every: "5m", enabled: false },
    });
  });

  it("may each be a part, and are checked as a whole", () => {
    const part = { beat: { every: "5m" } };
    expect(checkTaskParts(part)).toBeUndefined();
    expect(checkTasks(part)).toBeDefined();
    expect(checkTasks(mergeTasks(part, { beat: { method: "m" } }))).toBeUndefined();
  });
});

it("property: whatever is written, it is taken or refused with a text of one line, and never throws", () => {
  const key = fc.constantFrom(
    "cron",
    "every",
    "enabled",
    "jitter",
    "method",
    "payload",
    "telemetry",
    "overlap",
  );
  const value = fc.oneof(fc.anything(), fc.constantFrom("5m", "* * * * *", true, "skip", "m"));
  const task = fc.oneof(fc.anything(), fc.dictionary(key, value, { noNullPrototype: true }));
  const name = fc.oneof(fc.string(), fc.constantFrom("a/b", "beat", "__proto__", "constructor"));
  const tasks = fc.oneof(fc.anything(), fc.dictionary(name, task, { maxKeys: 3, noNullPrototype: true }));
  fc.assert(
    fc.property(tasks, (written) => {
      const problem = checkTasks(written);
      if (problem !== undefined) expect(problem).toMatch(/^[^\n]+$/);
    }),
    { numRuns: 300 },
  );
});
