import { expect } from "vitest";
import { waitUntil } from "../../support/wait-until.ts";

/** What a process holds on to: handles that keep it alive, by kind, and listeners on the process itself, by event. */
export type Footprint = Readonly<Record<string, number>>;

/** What this process holds on to now. */
export function footprint(): Footprint {
  const counts: Record<string, number> = {};
  const count = (what: string, by = 1): void => {
    counts[what] = (counts[what] ?? 0) + by;
  };
  for (const kind of process.getActiveResourcesInfo()) count(kind);
  for (const event of process.eventNames())
    count(`listeners of ${String(event)}`, process.listenerCount(event));
  return counts;
}

/** Fails unless this process comes to hold no more than it did before: handles close a turn after they are told to. */
export async function expectNothingLeft(before: Footprint): Promise<void> {
  await waitUntil("handles are closed", () => Object.keys(moreThan(before)).length === 0, 2_000).catch(
    () => {},
  );
  expect(moreThan(before), "sockets, timers and listeners that were left over").toEqual({});
}

function moreThan(before: Footprint): Footprint {
  const more = Object.entries(footprint()).map(([what, now]) => [what, now - (before[what] ?? 0)] as const);
  return Object.fromEntries(more.filter(([, difference]) => difference > 0));
}
