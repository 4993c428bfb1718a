import { expect } from "vitest";
import { waitUntil } from "../../support/wait-until.ts";
import { type Footprint, footprint, growth } from "./footprint.ts";

/** Fails unless this process comes to hold no more than it did before: handles close a turn after they are told to. */
export async function expectNothingLeft(before: Footprint): Promise<void> {
  const isGone = (): boolean => Object.keys(growth(before, footprint())).length === 0;
  await waitUntil("handles are closed", isGone, 2_000).catch(() => {});
  expect(growth(before, footprint()), "sockets, timers and listeners that were left over").toEqual({});
}
