/** So many characters are looked up at once. */
const LOOKED_AT = 3;
/** As many bits as a key has. */
const KEYS = 1 << 15;

/** Where a piece of three characters stands in what is searched for. */
interface Place {
  readonly wanted: string;
  readonly offset: number;
}

/**
 * Searches for many texts at once; what it costs does not grow with their number. Of each nine characters, say, three
 * are looked up: whichever of the texts stands there, the three are among its first (Wu and Manber's idea, without its
 * shifts).
 * @param texts of eight characters at least, as shorter ones would make it slow
 * @returns whether a text holds one of them
 */
export function searchFor(texts: readonly string[]): (text: string) => boolean {
  const shortest = texts.reduce((least, { length }) => Math.min(least, length), Number.MAX_SAFE_INTEGER);
  if (texts.length === 0) return () => false;
  if (shortest < LOOKED_AT) return (text) => texts.some((wanted) => text.includes(wanted));
  const step = shortest - LOOKED_AT + 1;
  const isKnown = new Uint8Array(KEYS);
  const places = new Map<number, Place[]>();
  for (const wanted of texts)
    for (let offset = 0; offset < step; offset += 1) {
      const key = keyAt(wanted, offset);
      isKnown[key] = 1;
      places.set(key, [...(places.get(key) ?? []), { wanted, offset }]);
    }

  function standsAround(text: string, at: number): boolean {
    const known = places.get(keyAt(text, at)) ?? [];
    return known.some(({ wanted, offset }) => text.startsWith(wanted, at - offset));
  }

  return (text) => {
    const end = text.length - LOOKED_AT;
    for (let at = 0; at <= end; at += step)
      if (isKnown[keyAt(text, at)] === 1 && standsAround(text, at)) return true;
    return false;
  };
}

const keyAt = (text: string, at: number): number =>
  (text.charCodeAt(at) ^ (text.charCodeAt(at + 1) << 5) ^ (text.charCodeAt(at + 2) << 10)) & (KEYS - 1);
