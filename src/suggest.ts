import { distance } from "fastest-levenshtein";

/**
 * The candidate that someone most likely meant, or undefined if none is near. Letter case and the signs between
 * words do not count, so that `keep_alive` finds `keepAlive`.
 * @param limit how many letters may be wrong
 */
export function closest(
  written: string,
  candidates: readonly string[],
  limit = Math.max(2, Math.floor(plain(written).length / 4)),
): string | undefined {
  const wanted = plain(written);
  let best: { candidate: string; apart: number } | undefined;
  for (const candidate of candidates) {
    const apart = distance(wanted, plain(candidate));
    if (apart <= limit && (best === undefined || apart < best.apart)) best = { candidate, apart };
  }
  return best?.candidate;
}

function plain(text: string): string {
  return text.toLowerCase().replace(/[^a-z\d]/g, "");
}

/** A name that is none of those known, with the one that was probably meant: `relay.sett (did you mean relay.set?)`. */
export function withMeant(written: string, known: readonly string[], shown = written): string {
  const meant = closest(written, known);
  return meant === undefined ? shown : `${shown} (did you mean ${meant}?)`;
}
