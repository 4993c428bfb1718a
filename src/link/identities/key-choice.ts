/** Which of a device's keys to try; it remembers which ones were refused. */
export interface KeyChoice {
  /** @param keys those there are now, the preferred one first */
  choose(keys: readonly [string, ...string[]]): string;
  /**
   * The key that was chosen last was refused.
   * @returns whether there is another one that was not, and is worth an attempt at once
   */
  refused(): boolean;
}

/**
 * A key that works is kept; one that is refused makes room for the other; when both were refused they take turns. A key
 * that was chosen and not refused counts as working: then the refusals before it say nothing any more.
 */
export function createKeyChoice(): KeyChoice {
  const refusals = new Set<string>();
  let keys: readonly string[] = [];
  let current: string | undefined;
  let refusedNow = false;
  let worked = false;
  return {
    choose(present) {
      worked = current !== undefined && !refusedNow;
      if (worked) refusals.delete(current ?? "");
      refusedNow = false;
      keys = present;
      for (const key of refusals) if (!keys.includes(key)) refusals.delete(key);
      if (current === undefined || refusals.has(current) || !keys.includes(current)) {
        const next = keys[(keys.indexOf(current ?? "") + 1) % keys.length];
        current = keys.find((key) => !refusals.has(key)) ?? next ?? present[0];
      }
      return current;
    },
    refused() {
      if (current === undefined) return false;
      refusedNow = true;
      if (worked) refusals.clear();
      refusals.add(current);
      return keys.some((key) => !refusals.has(key));
    },
  };
}
