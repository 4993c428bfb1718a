import { expect, test } from "vitest";
import { HubhandError } from "../../src/errors.ts";
import { retryAfterOf, whileThrottled } from "../../src/service/throttled.ts";

const refusal = (retryAfterMs?: number) =>
  new HubhandError("HUB_THROTTLED", "Too much.", { details: { throttled: true, retryAfterMs } });

/** A clock that goes by what is slept. */
function patience(retryForMs: number, random = 1 - Number.EPSILON) {
  let now = 0;
  const slept: number[] = [];
  const sleep = async (milliseconds: number) => {
    slept.push(milliseconds);
    now += milliseconds;
  };
  return { slept, patience: { retryForMs, random: () => random, now: () => now, sleep } };
}

test("waits what the hub asks for, and up to 1 s, 2 s, 4 s … 30 s on top", async () => {
  const { slept, patience: given } = patience(200_000);
  let attempts = 0;
  const attempt = async () => {
    attempts += 1;
    if (attempts <= 7) throw refusal(attempts === 1 ? 5_000 : undefined);
    return "done";
  };
  expect(await whileThrottled(attempt, { patience: given })).toBe("done");
  expect(slept).toEqual([5_999, 1_999, 3_999, 7_999, 15_999, 29_999, 29_999]);
});

test("gives up rather than wait beyond its time, with the error of the last attempt", async () => {
  const { slept, patience: given } = patience(4_000);
  const attempt = () => Promise.reject(refusal());
  await expect(whileThrottled(attempt, { patience: given })).rejects.toThrow(
    "Too much. It was tried 3 times.",
  );
  expect(slept).toEqual([999, 1_999]);
});

test("lets every other error through", async () => {
  const { slept, patience: given } = patience(60_000);
  const error = new HubhandError("HUB_THROTTLED", "The day's messages are used up.", {
    details: { reason: "403002" },
  });
  await expect(whileThrottled(() => Promise.reject(error), { patience: given })).rejects.toBe(error);
  expect(slept).toEqual([]);
});

test("is stopped while it waits", async () => {
  const stop = new AbortController();
  const { patience: given } = patience(60_000);
  const sleep = async () => stop.abort();
  await expect(
    whileThrottled(() => Promise.reject(refusal()), { patience: { ...given, sleep }, signal: stop.signal }),
  ).rejects.toMatchObject({ code: "INTERRUPTED" });
});

test.each([
  [429, "3", { throttled: true, retryAfterMs: 3_000 }],
  [429, "99999", { throttled: true, retryAfterMs: 600_000 }],
  [429, undefined, { throttled: true }],
  [429, "Wed, 21 Oct 2026 07:28:00 GMT", { throttled: true }],
  [429, "-1", { throttled: true }],
  [503, "3", {}],
])("of status %i and Retry-After %s", (status, retryAfter, told) => {
  expect(retryAfterOf({ status, retryAfter, body: "" })).toEqual(told);
});
