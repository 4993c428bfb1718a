/** The hub sends what it kept within seconds of a login; more than so many are no remains of a last session. */
const MOST_HELD = 1_000;

/**
 * Hands on what comes, in order, and nothing before `ready`: the hub keeps the subscriptions of an earlier session, and sends
 * calls as soon as the login is through. Who takes them may not be there yet.
 * @param ready undefined if that is so from the beginning
 */
export function untilServed<Given extends readonly unknown[]>(
  ready: Promise<unknown> | undefined,
  take: (...given: Given) => void,
): (...given: Given) => void {
  if (ready === undefined) return take;
  let held: Given[] | undefined = [];
  void ready.then(() => {
    const waiting = held ?? [];
    held = undefined;
    for (const given of waiting) take(...given);
  });
  return (...given) => {
    if (held !== undefined && held.length < MOST_HELD) held.push(given);
    else take(...given);
  };
}
