import type { Clock } from "../clock.ts";
import { SECOND } from "../durations.ts";
import type { LastGood, LastGoodStore } from "./last-good.ts";
import { isEmpty, isSame, type PropertyObject, without } from "./properties.ts";

/** Each save costs an SD card some of its life: what changes together is saved together, and not too often. */
const SAVE_DELAY_MS = SECOND;
const SAVE_INTERVAL_MS = 10 * SECOND;
/** The device itself, among its components. */
export const ROOT = "";

export interface GoodKeeper {
  readonly good: LastGood;
  part(component: string): PropertyObject;
  /** Keeps what a component goes by from now on, on disk within ten seconds. */
  keep(component: string, part: PropertyObject): void;
  /** Drops what is not desired any more, whether its plugin is there or not. */
  prune(isDesired: (component: string, property: string) => boolean): void;
  /** Resolves when all is on disk that can be. */
  flush(): Promise<void>;
}

export interface GoodKeeperOptions {
  readonly from: LastGood;
  readonly store: Pick<LastGoodStore, "save">;
  readonly clock: Clock;
  /** As of which version of the desired properties this is now. */
  version(): number;
}

/** What was accepted last, in memory, and on disk when it has changed. */
export function createGoodKeeper({ from, store, clock, version }: GoodKeeperOptions): GoodKeeper {
  let good = from;
  let saved = from;
  let savedAt = Number.NEGATIVE_INFINITY;
  let saving: Promise<unknown> = Promise.resolve();
  let cancelSave: (() => void) | undefined;

  const part = (name: string): PropertyObject =>
    name === ROOT ? good.root : Object.hasOwn(good.components, name) ? (good.components[name] ?? {}) : {};

  function keep(name: string, next: PropertyObject): void {
    if (isSame(next, part(name))) return;
    if (name === ROOT) good = { ...good, root: next };
    else {
      const others = Object.entries(good.components).filter(([each]) => each !== name);
      good = { ...good, components: Object.fromEntries(isEmpty(next) ? others : [...others, [name, next]]) };
    }
    cancelSave ??= clock.setTimer(Math.max(SAVE_DELAY_MS, savedAt + SAVE_INTERVAL_MS - clock.now()), save);
  }

  function save(): void {
    cancelSave = undefined;
    if (isSame({ ...good, version: 0 }, { ...saved, version: 0 })) return;
    savedAt = clock.now();
    const next = { ...good, version: version() };
    saved = next;
    saving = saving.then(() => store.save(next));
  }

  return {
    get good() {
      return good;
    },
    part,
    keep,
    prune(isDesired) {
      for (const name of [ROOT, ...Object.keys(good.components)])
        keep(
          name,
          without(part(name), (property) => !isDesired(name, property)),
        );
    },
    async flush() {
      cancelSave?.();
      save();
      await saving;
    },
  };
}
