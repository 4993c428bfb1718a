/** What a process holds on to: handles that keep it alive, by kind, and listeners on the process itself, by event. */
export type Footprint = Readonly<Record<string, number>>;

/**
 * Requests to the disk end by themselves within an instant: which are under way (the identity's files are looked at now and
 * then) is chance, and says nothing of what is left over.
 */
const PASSING = /^(CloseReq|FSReqCallback|FSReqPromise)$/;

/** What this process holds on to now. */
export function footprint(): Footprint {
  const counts: Record<string, number> = {};
  const count = (what: string, by = 1): void => {
    counts[what] = (counts[what] ?? 0) + by;
  };
  for (const kind of process.getActiveResourcesInfo()) if (!PASSING.test(kind)) count(kind);
  for (const event of process.eventNames())
    count(`listeners of ${String(event)}`, process.listenerCount(event));
  return counts;
}

/** By how much one footprint is larger than another. */
export function growth(before: Footprint, after: Footprint): Footprint {
  const more = Object.entries(after).map(([what, now]) => [what, now - (before[what] ?? 0)] as const);
  return Object.fromEntries(more.filter(([, difference]) => difference > 0));
}
