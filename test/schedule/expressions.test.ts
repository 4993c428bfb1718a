import { expect, it } from "vitest";
import { cronProblem, timezoneProblem } from "../../src/rules/cron-problems.ts";

it.each(["* * * * *", "*/5 * * * *", "0 3 * * 1-5", "0 3 1,15 * *", "*/10 * * * * *", "0 0 * * sun"])(
  "%s is a cron expression",
  (expression) => expect(cronProblem(expression)).toBeUndefined(),
);

it.each([
  "",
  " ",
  "every day",
  "* * * *",
  "* * * * * * *",
  "60 * * * *",
  "* 24 * * *",
  "0 3 * * 1-",
  "a b c d e",
])("%j is none, and the message says why and what would be", (expression) => {
  expect(cronProblem(expression)).toMatch(
    /is not a cron expression \(.+\); expected five fields like "\*\/5 \* \* \* \*"$/,
  );
});

it.each(["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires"])("%s is a time zone", (zone) => {
  expect(timezoneProblem(zone)).toBeUndefined();
});

it.each(["", "Berlin", "Mars/Base"])("%j is none", (zone) => {
  expect(timezoneProblem(zone)).toBe(
    `"${zone}" is not a time zone; expected an IANA name like "Europe/Berlin"`,
  );
});
