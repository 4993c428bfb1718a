import { expect } from "vitest";
import { waitUntil } from "../../support/time/wait-until.ts";
import { type Footprint, footprint, growth } from "./footprint.ts";

/** Fails unless this process comes to hold no more than it did before: handles close a turn after they are told to. */
export async function expectNothingLeft(before: Footprint): Promise<void> {
  let more: Footprint = {};
  const isGone = (): boolean => {
    more = growth(before, footprint());
    return Object.keys(more).length === 0;
  };
  // The test runner has timers of its own now and then: once there was nothing more, nothing was left over.
  await waitUntil("handles are closed", isGone, 10_000).catch(() => {});
  expect(more, "sockets, timers and listeners that were left over").toEqual({});
}
