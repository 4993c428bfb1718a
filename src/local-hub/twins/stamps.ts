import { isObject, own } from "./json.ts";
import type { JsonObject, JsonValue } from "./twins.ts";

/**
 * When a property was last changed, in milliseconds since 1970, and to which version of its section: the service tells
 * the version for desired properties only. One operation shares one stamp among all that it changed.
 */
export type Stamp = readonly [at: number, version?: number];

/** The stamps of a section: of a plain value a stamp; of an object its own, and those of what is in it. */
export type Stamps = Stamp | ObjectStamps;

export interface ObjectStamps {
  readonly own: Stamp;
  readonly below: Readonly<Record<string, Stamps>>;
}

/** The stamps after a patch: all that it names gets the stamp, and the objects on the way there. */
export function restamp(stamps: ObjectStamps | undefined, patch: JsonObject, stamp: Stamp): ObjectStamps {
  const below = new Map(Object.entries(stamps?.below ?? {}));
  for (const [name, change] of Object.entries(patch)) {
    if (change === null) below.delete(name);
    else below.set(name, isObject(change) ? restamp(objectStampsAt(stamps, name), change, stamp) : stamp);
  }
  return { own: stamp, below: Object.fromEntries(below) };
}

/** As the service shows them under `$metadata` (learn.microsoft.com, "Understand and use device twins in IoT Hub"). */
export function toMetadata(stamps: Stamps): JsonObject {
  if (isStamp(stamps)) return rendered(stamps);
  const below = Object.entries(stamps.below).map(([name, value]) => [name, toMetadata(value)] as const);
  return { ...rendered(stamps.own), ...Object.fromEntries(below) };
}

/** Kept stamps come back from JSON each by itself: makes those that are equal one again, which is most of their memory. */
export function shareStamps(stamps: ObjectStamps): ObjectStamps {
  const known = new Map<string, Stamp>();
  const shared = (stamp: Stamp): Stamp => {
    const key = stamp.join();
    const present = known.get(key);
    if (present === undefined) known.set(key, stamp);
    return present ?? stamp;
  };
  const walk = ({ own, below }: ObjectStamps): ObjectStamps => {
    const entries = Object.entries(below).map(
      ([name, value]) => [name, isStamp(value) ? shared(value) : walk(value)] as const,
    );
    return { own: shared(own), below: Object.fromEntries(entries) };
  };
  return walk(stamps);
}

function rendered([at, version]: Stamp): Record<string, JsonValue> {
  const $lastUpdated = new Date(at).toISOString();
  return version === undefined ? { $lastUpdated } : { $lastUpdated, $lastUpdatedVersion: version };
}

function objectStampsAt(stamps: ObjectStamps | undefined, name: string): ObjectStamps | undefined {
  const value = stamps && own(stamps.below, name);
  return value === undefined || isStamp(value) ? undefined : value;
}

function isStamp(stamps: Stamps): stamps is Stamp {
  return Array.isArray(stamps);
}
