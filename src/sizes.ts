/** Bytes in a unit: settings are written `64 * MEBIBYTE`. */
export const KIBIBYTE = 1024;
export const MEBIBYTE = 1024 * KIBIBYTE;
export const GIBIBYTE = 1024 * MEBIBYTE;

const UNITS: Readonly<Record<string, number>> = { B: 1, KiB: KIBIBYTE, MiB: MEBIBYTE, GiB: GIBIBYTE };

/**
 * Reads `512B`, `128KiB`, `64MiB`, `1GiB` (fractions allowed).
 * @returns whole bytes, or undefined if the text is no size
 */
export function parseSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(B|KiB|MiB|GiB)$/.exec(text.trim());
  const unit = UNITS[match?.[2] ?? ""];
  return match === null || unit === undefined ? undefined : Math.round(Number(match[1]) * unit);
}

/** Writes bytes in the largest unit that holds them exactly: 131072 is `128KiB`. */
export function printSize(bytes: number): string {
  for (const [name, unit] of Object.entries(UNITS).reverse())
    if (bytes > 0 && bytes % unit === 0) return `${bytes / unit}${name}`;
  return `${bytes}B`;
}
