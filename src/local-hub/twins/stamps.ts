import { isObject, own, put } from "./json.ts";
import type { JsonObject } from "./twins.ts";

/**
 * When a property was last changed, in milliseconds since 1970, and to which version of its section: the service tells
 * the version for desired properties only. One operation shares one stamp among all that it changed.
 */
export type Stamp = readonly [at: number, version?: number];

/** The stamps of a value. One alone is that of the value and of all that is in it. */
export type Stamps = Stamp | ObjectStamps;

/** Kept small: a large twin that is set or reported whole, time and again, has one stamp for all of it. */
interface ObjectStamps {
  readonly own: Stamp;
  /** Of what is in the object, but for those below. */
  readonly rest: Stamp;
  readonly below: Readonly<Record<string, Stamps>>;
}

/**
 * The stamps of an object after a patch has made `to` of it: all that the patch names gets the stamp, and the objects on
 * the way there.
 */
export function restamp(
  stamps: Stamps,
  change: { from: JsonObject; to: JsonObject; patch: JsonObject; stamp: Stamp },
): Stamps {
  const { from, to, patch, stamp } = change;
  const { rest, below: before } = opened(stamps);
  const below: Record<string, Stamps> = { ...before };
  for (const [name, changed] of Object.entries(patch)) {
    const [old, made] = [own(from, name), own(to, name)];
    if (changed === null) delete below[name];
    else if (isObject(changed) && isObject(old) && isObject(made)) {
      const inside = { from: old, to: made, patch: changed, stamp };
      put(below, name, restamp(own(before, name) ?? rest, inside));
    } else put(below, name, stamp);
  }
  const most = Object.keys(patch).length * 2 > Object.keys(to).length;
  return most ? turned({ rest, below, to, stamp }) : { own: stamp, rest, below };
}

/** The same stamps, with this one as that of the rest. */
function turned(options: {
  rest: Stamp;
  below: Record<string, Stamps>;
  to: JsonObject;
  stamp: Stamp;
}): Stamps {
  const { rest, below, to, stamp } = options;
  const others: Record<string, Stamps> = {};
  for (const name of Object.keys(to)) {
    const stamps = own(below, name) ?? rest;
    if (stamps !== stamp) put(others, name, stamps);
  }
  return Object.keys(others).length === 0 ? stamp : { own: stamp, rest: stamp, below: others };
}

/** As the service shows them under `$metadata` (learn.microsoft.com, "Understand and use device twins in IoT Hub"). */
export function toMetadata(stamps: Stamps, values: JsonObject): JsonObject {
  const known = new Map<Stamp, JsonObject>();
  const rendered = (stamp: Stamp): JsonObject => {
    const present = known.get(stamp);
    if (present !== undefined) return present;
    const made = render(stamp);
    known.set(stamp, made);
    return made;
  };
  const walk = (of: Stamps, object: JsonObject): JsonObject => {
    const { own: itself, rest, below } = opened(of);
    const metadata = { ...rendered(itself) };
    for (const [name, value] of Object.entries(object)) {
      const inside = own(below, name) ?? rest;
      put(metadata, name, isObject(value) ? walk(inside, value) : rendered(opened(inside).own));
    }
    return metadata;
  };
  return walk(stamps, values);
}

function render([at, version]: Stamp): JsonObject {
  const $lastUpdated = new Date(at).toISOString();
  return Object.freeze(
    version === undefined ? { $lastUpdated } : { $lastUpdated, $lastUpdatedVersion: version },
  );
}

function opened(stamps: Stamps): ObjectStamps {
  return isStamp(stamps) ? { own: stamps, rest: stamps, below: {} } : stamps;
}

function isStamp(stamps: Stamps): stamps is Stamp {
  return Array.isArray(stamps);
}
