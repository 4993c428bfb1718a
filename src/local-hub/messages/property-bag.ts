/** Properties of a message by name; null is one that has a name only. */
export type PropertyBag = Record<string, string | null>;

/**
 * Reads the end of a topic, `k=v&…`, names and values URL-encoded: `k` is null, `k=` is empty (learn.microsoft.com,
 * "Communicate with an IoT hub using the MQTT protocol"). What cannot be decoded is taken as it is; of a name that comes
 * twice, the last counts.
 */
export function parsePropertyBag(text: string): PropertyBag {
  // SDKs of some languages put a question mark in front.
  const parts = text.replace(/^\?/, "").split("&");
  // From entries, as a property called __proto__ must be one like any other.
  return Object.fromEntries(
    parts
      .filter((part) => part !== "")
      .map((part): [string, string | null] => {
        const equals = part.indexOf("=");
        if (equals === -1) return [decode(part), null];
        return [decode(part.slice(0, equals)), decode(part.slice(equals + 1))];
      }),
  );
}

export function encodePropertyBag(bag: PropertyBag): string {
  return Object.entries(bag)
    .map(([name, value]) => (value === null ? encode(name) : `${encode(name)}=${encode(value)}`))
    .join("&");
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Nothing that MQTT reads in a topic, a wildcard above all, is left by encodeURIComponent; half a character would throw. */
function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}
