/** Which version of the desired properties named a property last, as far as this run has seen. */
export interface SeenVersions {
  set(component: string, properties: readonly string[], version: number): void;
  get(component: string, property: string): number | undefined;
  clear(): void;
  /** Forgets what is not there any more. */
  prune(isThere: (component: string, property: string) => boolean): void;
}

export function createSeenVersions(): SeenVersions {
  const seen = new Map<string, Map<string, number>>();
  return {
    set(component, properties, version) {
      const inside = seen.get(component) ?? new Map<string, number>();
      for (const property of properties) inside.set(property, version);
      if (inside.size > 0) seen.set(component, inside);
    },
    get: (component, property) => seen.get(component)?.get(property),
    clear: () => seen.clear(),
    prune(isThere) {
      for (const [component, inside] of seen) {
        for (const property of inside.keys()) if (!isThere(component, property)) inside.delete(property);
        if (inside.size === 0) seen.delete(component);
      }
    },
  };
}
