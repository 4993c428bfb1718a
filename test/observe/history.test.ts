import { expect, it } from "vitest";
import { createHistory } from "../../src/observe/history.ts";
import { createFakeClock } from "../support/time/fake-clock.ts";

it("keeps the latest, with their times, the oldest first", () => {
  const clock = createFakeClock();
  const history = createHistory({ most: 2, clock });
  for (const state of ["connecting", "online", "waiting"]) {
    clock.advance(1_000);
    history.add({ state });
  }
  expect(history.entries()).toEqual([
    { at: "2026-01-01T00:00:03.000Z", state: "online" },
    { at: "2026-01-01T00:00:04.000Z", state: "waiting" },
  ]);
});
