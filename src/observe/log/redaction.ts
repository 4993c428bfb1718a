import { CUT } from "../../cut.ts";
import { formsOf } from "./secret-forms.ts";
import { searchFor } from "./text-search.ts";

const CENSORED = "[secret]";

/** Shorter texts are no secrets, but parts of words. */
const SHORTEST = 8;

/** Of a secret that a cut has shortened more than this is not shown. */
const SHORTEST_BEGINNING = 6;

/**
 * What looks like a secret of IoT Hub, even one we were never told of: `SharedAccessKey=…` of a connection string,
 * `sig=…` of a token (also URL-encoded), and either as a key of a logged object. No secret begins with what can follow
 * the end of a text in JSON: of a text that ends in `sig=` nothing may be taken but its own letters.
 */
const SECRET_SHAPES =
  /((?:SharedAccessKey|(?<![a-z])sig)(?:\s*(?:=|%3D)\s*(?:\\*")?|\\*"\s*:\s*\\*"|\s*:\s*'))(?![}\]:])[^;&\s"'\\,]+/gi;

/** Bytes as JSON has them, number by number: nobody reads them, and they may spell a secret. */
const BYTES =
  /\{\\*"type\\*":\\*"Buffer\\*",\\*"data\\*":\[[\d,]*\]\}|\{\\*"0\\*":\d{1,3}(?:,\\*"\d+\\*":\d{1,3})+\}/g;
const bytesCut = (found: string): string => (found.includes("\\") ? "[bytes]" : '"[bytes]"');

/** Most lines have no object but themselves, and that is quickly seen. */
const mayHoldBytes = (line: string): boolean =>
  (line.includes("{", 1) || !line.startsWith('{"level":')) &&
  (line.includes('"Buffer') || line.includes('"0'));

/** Works on the finished line: whatever path a secret took into it, it does not leave. */
export interface Redactor {
  /** From now on this text is in no line: a key that was renewed, or derived of another. */
  hide(secret: string): void;
  /** The same text without secrets; of a line of JSON another that is JSON. */
  redact(line: string): string;
}

/** @param secrets those that are known from the start */
export function createRedactor(secrets: readonly string[] = []): Redactor {
  const known = new Set<string>();
  let forms: string[] = [];
  /** Whatever holds a form holds a needle, which are fewer: most lines hold none. */
  let holdsNeedle = searchFor([]);
  const hide = (secret: string): void => {
    if (known.has(secret)) return;
    known.add(secret);
    const added = formsOf(secret).filter((form) => form.length >= SHORTEST);
    // Longest first: a key inside its connection string must not leave the rest of it standing.
    forms = [...new Set([...forms, ...added])].sort((a, b) => b.length - a.length);
    holdsNeedle = searchFor(needlesIn(forms));
  };
  for (const secret of secrets) hide(secret);

  function clean(text: string): string {
    let clean = text.includes(CUT) ? text.split(CUT).map(withoutBeginning).join(CUT) : text;
    if (holdsNeedle(clean))
      for (const form of forms) if (clean.includes(form)) clean = clean.replaceAll(form, CENSORED);
    return clean.search(SECRET_SHAPES) < 0 ? clean : clean.replaceAll(SECRET_SHAPES, `$1${CENSORED}`);
  }

  /** A text that was cut within a secret ends with the secret's beginning. */
  function withoutBeginning(text: string, index: number, { length }: readonly string[]): string {
    if (index === length - 1) return text;
    const end = text.slice(-(forms[0]?.length ?? 0));
    const begins = forms.map((form) => beginningOf(form, end)).filter((at) => at >= 0);
    if (begins.length === 0) return text;
    return `${text.slice(0, text.length - end.length + Math.min(...begins))}${CENSORED}`;
  }

  /** Each text for itself: what was found began or ended within an escape. */
  function cleanWithin(value: unknown): unknown {
    if (typeof value === "string") return clean(value);
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) {
      const text = JSON.stringify(value);
      // Bytes one by one are a secret only together.
      return /^[[\d,\]]+$/.test(text) && clean(text) !== text ? CENSORED : value.map(cleanWithin);
    }
    return Object.fromEntries(Object.entries(value).map(([name, of]) => [clean(name), cleanWithin(of)]));
  }

  return {
    hide,
    redact(line) {
      const readable = mayHoldBytes(line) ? line.replaceAll(BYTES, bytesCut) : line;
      const redacted = clean(readable);
      if (redacted === readable || parsed(redacted) !== undefined) return redacted;
      const fields = parsed(readable);
      if (fields === undefined) return redacted;
      const end = line.endsWith("\n") ? "\n" : "";
      return `${JSON.stringify(cleanWithin(fields))}${end}`;
    },
  };
}

/** Pieces of which each form holds one at least. */
function needlesIn(forms: readonly string[]): string[] {
  const needles: string[] = [];
  for (const form of forms.toReversed()) {
    if (needles.some((needle) => form.includes(needle))) continue;
    const runs = form.match(/[A-Za-z0-9]{8,}/g) ?? [form];
    needles.push(runs.reduce((longest, run) => (run.length > longest.length ? run : longest)));
  }
  return needles;
}

/** Where in the text the form begins that the text's end cuts off; -1 if it does not. */
function beginningOf(form: string, text: string): number {
  const first = form.slice(0, SHORTEST_BEGINNING);
  let at = text.indexOf(first);
  while (at >= 0 && !form.startsWith(text.slice(at))) at = text.indexOf(first, at + 1);
  return at;
}

function parsed(line: string): object | undefined {
  try {
    return JSON.parse(line) as object;
  } catch {
    return undefined;
  }
}
