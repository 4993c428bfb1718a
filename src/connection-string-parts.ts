import leven from "fastest-levenshtein";
import type { HubhandError } from "./errors.ts";

export interface ReadPartsOptions<Name extends string> {
  /** The whole string, a secret: nothing of it but the names of `known` reaches an error. */
  readonly text: string;
  /** The parts that may be there, as they are written; a reader forgives other capitals. */
  readonly known: readonly Name[];
  /** The form that was expected, for errors. */
  readonly example: string;
  /** Makes the error that is thrown out of what is wrong: "has DeviceId twice. Expected …". */
  refuse(problem: string): HubhandError;
}

/**
 * Takes a connection string (`Name=value;Name=value`) apart, forgiving what people paste around it: quotes, spaces,
 * line breaks.
 * @throws what `refuse` makes, for anything that is not of this form
 */
export function readConnectionStringParts<Name extends string>(
  options: ReadPartsOptions<Name>,
): Map<Name, string> {
  const { known, example, refuse } = options;
  const text = unwrap(options.text);
  if (text === "") throw refuse(`is empty. Expected ${example}.`);
  const parts = new Map<Name, string>();
  for (const [index, part] of text.split(";").entries()) {
    if (part.trim() === "") continue;
    const at = part.indexOf("=");
    // What has no "=" may be a piece of a key: it is counted, never shown.
    if (at === -1) throw refuse(`has no "=" in its part ${index + 1}. Expected ${example}.`);
    const written = part.slice(0, at).trim().toLowerCase();
    const name = known.find((each) => each.toLowerCase() === written);
    if (name === undefined) {
      // So may a name that nobody knows: only the name that it was meant to be is told.
      const near = known.find((each) => leven.distance(each.toLowerCase(), written) <= 3);
      const hint = near === undefined ? "" : `; did you mean ${near}?`;
      throw refuse(`has an unknown part (the ${index + 1}. one${hint}). Expected ${example}.`);
    }
    if (parts.has(name)) throw refuse(`has ${name} twice. Expected ${example}.`);
    const value = part.slice(at + 1).trim();
    if (value === "") throw refuse(`has an empty ${name}. Expected ${example}.`);
    parts.set(name, value);
  }
  return parts;
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** The number of bytes that a key in base64 has; undefined if it is not base64, padding included. */
export function keyLength(key: string): number | undefined {
  return BASE64.test(key) ? Buffer.from(key, "base64").length : undefined;
}

function unwrap(text: string): string {
  const joined = text.replaceAll(/[\r\n]+\s*/g, "").trim();
  const quoted = /^(["'])(.*)\1$/.exec(joined);
  return (quoted?.[2] ?? joined).trim();
}
