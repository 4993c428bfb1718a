import { expect, it } from "vitest";
import { messageOf } from "../../src/errors.ts";
import { createDefinitionChecker, type DefinitionChecker } from "../../src/plugins/check-definition.ts";

const checker: DefinitionChecker = createDefinitionChecker();

/** What an author would be told of a task that says this; undefined if it is taken. */
function problemOf(task: object): string | undefined {
  try {
    checker.check({ tasks: { tidy: { run: () => {}, ...task } } });
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

it.each([
  { cron: "0 3 * * *" },
  { every: "30s" },
  { every: "24h", jitter: "1h", runAtStart: true, catchUp: "once", overlap: "queue" },
  { cron: "0 3 * * *", jitter: "2h", catchUp: "none", timezone: "Europe/Berlin" },
  { every: "5m", telemetry: { stream: "air", timeToLive: "1h", properties: { type: "air" } } },
])("a task may say %j", (task) => expect(problemOf(task)).toBeUndefined());

it.each<[object, string | RegExp]>([
  [{}, 'tasks.tidy has neither cron nor every; give one: every: "5m"'],
  [{ cron: "* * * * *", every: "5m" }, "tasks.tidy has both cron and every; keep one of them"],
  [{ every: 5 }, /^tasks\.tidy\.every is 5; it has no unit; expected a duration like/],
  [
    { every: "10ms" },
    /^tasks\.tidy\.every is "10ms"; it may be 1s at least and 24h at most\. For days, write cron\.$/,
  ],
  [{ every: "48h" }, /For days, write cron/],
  [{ every: "5m", jitter: "6m" }, "tasks.tidy.jitter: 6m is longer than every, 5m"],
  [{ cron: "* * * * *", jitter: "25h" }, /^tasks\.tidy\.jitter is "25h"; a run may wait 24h at most$/],
  [{ every: "5m", catchUp: "twice" }, /catchUp must be equal to one of the allowed values: "once", "none"$/],
  [{ every: "5m", telemetry: { timeToLive: "99999h" } }, /^tasks\.tidy\.telemetry\.timeToLive is "99999h"/],
  [
    { every: "5m", telemetry: { stream: "" } },
    "tasks.tidy.telemetry.stream is a text that does not fit; expected a text",
  ],
  [
    { every: "5m", telemetry: { properties: { "my name": "x" } } },
    /^tasks\.tidy\.telemetry\.properties has a name "my name" with a sign that the hub may refuse/,
  ],
  [{ every: "5m", runAtStart: "yes" }, /runAtStart must be boolean$/],
])("one that says %j is refused, and its author told why", (task, problem) => {
  expect(problemOf(task)).toEqual(typeof problem === "string" ? problem : expect.stringMatching(problem));
});
