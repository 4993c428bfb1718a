import { isObject, own, put } from "../twins/json.ts";
import type { JsonObject, JsonValue } from "../twins/twins.ts";

/** What a configuration puts where: by paths such as `properties.desired.meter`. */
export type Content = Readonly<Record<string, JsonValue>>;

/** The patch of desired properties that takes away what one content has set and another does not set, and sets the other. */
export function desiredPatch(from: Content, to: Content): JsonObject {
  return differing(nested(from), nested(to));
}

/** `{ "properties.desired.a.b": 1 }` is `{ a: { b: 1 } }`. */
function nested(content: Content): JsonObject {
  const all: JsonObject = {};
  for (const [path, value] of Object.entries(content)) {
    const names = path.split(".").slice(2);
    const last = names.pop() ?? "";
    let at = all;
    for (const name of names) {
      const inner = own(at, name);
      // A copy: the content itself is kept as it is.
      const next: JsonObject = isObject(inner) ? { ...inner } : {};
      put(at, name, next);
      at = next;
    }
    put(at, last, value);
  }
  return all;
}

function differing(from: JsonObject, to: JsonObject): JsonObject {
  const patch: JsonObject = {};
  for (const name of Object.keys(from)) if (!Object.hasOwn(to, name)) put(patch, name, null);
  for (const [name, value] of Object.entries(to)) {
    const before = own(from, name);
    put(patch, name, isObject(value) && isObject(before) ? differing(before, value) : value);
  }
  return patch;
}
