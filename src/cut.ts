/** Stands where a text was cut. The log's redactor knows half a secret by it: whatever may come into a line is cut so. */
export const CUT = "…";

/** The text's first so many characters, and a mark if there were more. */
export const cut = (text: string, most: number): string =>
  text.length > most ? `${text.slice(0, most)}${CUT}` : text;
