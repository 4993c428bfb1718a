/** Stands where a text was cut. The log's redactor knows half a secret by it: whatever may come into a line is cut so. */
export const CUT = "…";

/** Half of a character of two code units: JSON writes it as an escape, by which nobody would know what it was part of. */
const HALF_CHARACTER = /[\uD800-\uDBFF]$/;

/** The text's first so many characters, and a mark if there were more. */
export const cut = (text: string, most: number): string =>
  text.length > most ? `${text.slice(0, most).replace(HALF_CHARACTER, "")}${CUT}` : text;
