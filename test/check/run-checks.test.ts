import { expect, it } from "vitest";
import { after, type Check, fatal, ok, Unmet } from "../../src/check/check.ts";
import { runChecks } from "../../src/check/run-checks.ts";
import { settle } from "../methods/bench.ts";
import { createFakeClock } from "../support/time/fake-clock.ts";

const check = (id: string, run: Check["run"]): Check => ({ id, description: `the ${id}`, run });

it("runs all, and tells them in their order", async () => {
  const slow = Promise.withResolvers<void>();
  const running = runChecks(
    [
      check("slow", async () => {
        await slow.promise;
        return ok("at last");
      }),
      check("bad", () => {
        slow.resolve();
        return fatal("it is bad", "Mend it.");
      }),
    ],
    { limit: 1_000, clock: createFakeClock() },
  );
  expect(await running).toEqual([
    { id: "slow", description: "the slow", result: "ok", detail: "at last" },
    { id: "bad", description: "the bad", result: "fatal", detail: "it is bad", remedy: "Mend it." },
  ]);
});

it("one that never ends is given up, and told to end", async () => {
  const clock = createFakeClock();
  let aborted = false;
  const running = runChecks(
    [
      check("endless", (signal) => {
        signal.addEventListener("abort", () => (aborted = true));
        return new Promise(() => {});
      }),
      check("quick", () => ok("fine")),
    ],
    { limit: 5_000, clock },
  );
  await settle();
  clock.advance(5_000);
  expect((await running).map(({ result }) => result)).toEqual(["warning", "ok"]);
  expect((await running)[0]?.detail).toBe("it took longer than 5 s");
  expect(aborted).toBe(true);
  expect(clock.pending).toBe(0);
});

it("one that throws is told, and one that lacks what it needs is skipped", async () => {
  const results = await runChecks(
    [
      check("broken", () => {
        throw new Error("a fault");
      }),
      check("unmet", async () => {
        throw new Unmet("there is no network");
      }),
    ],
    { limit: 1_000, clock: createFakeClock() },
  );
  expect(results).toMatchObject([
    { result: "warning", detail: "it could not be checked: a fault" },
    { result: "skipped", detail: "there is no network" },
  ]);
});

it("what is skipped for one that is skipped itself names the first cause", async () => {
  const results = await runChecks(
    [
      check("name", () => fatal("no such name", "Mend it.")),
      check("port", () => {
        throw after("name");
      }),
      check("login", () => {
        throw after("port");
      }),
    ],
    { limit: 1_000, clock: createFakeClock() },
  );
  const skipped = { result: "skipped", because: "name", detail: 'not looked at: "name" comes first' };
  expect(results).toMatchObject([{ result: "fatal" }, skipped, skipped]);
});
