import { parseSync } from "rolldown/utils";

/** Characters after which a line ends at the next statement. */
const ENOUGH = 160;
const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

export interface Mapped {
  readonly code: string;
  /** As a source map has it: lines apart by `;`, places on them by `,`. */
  readonly mappings: string;
}

/** Begins a new line where a statement begins, and a line is long: a stack trace that says `1:837462` helps nobody. */
export function withShortLines(name: string, { code, mappings }: Mapped): Mapped {
  const lines = code.split("\n");
  const mapped = mappings.split(";");
  const starts = statementStarts(name, code);
  const written: string[] = [];
  const places: string[] = [];
  let lineStart = 0;
  let next = 0;
  for (const [index, line] of lines.entries()) {
    const breaks: number[] = [];
    let last = 0;
    for (; next < starts.length && (starts[next] ?? 0) <= lineStart + line.length; next += 1) {
      const column = (starts[next] ?? 0) - lineStart;
      if (column - last < ENOUGH) continue;
      breaks.push(column);
      last = column;
    }
    written.push(...[0, ...breaks].map((from, at) => line.slice(from, breaks[at])));
    places.push(brokenAt(mapped[index] ?? "", breaks));
    lineStart += line.length + 1;
  }
  return { code: written.join("\n"), mappings: places.join(";") };
}

/** Where statements begin, in order. */
function statementStarts(name: string, code: string): number[] {
  const { program, errors } = parseSync(name, code);
  if (errors[0] !== undefined) throw new Error(`${name}: ${errors[0].message}`);
  const starts: number[] = [];
  const look = (node: unknown): void => {
    if (typeof node !== "object" || node === null) return;
    if (Array.isArray(node)) for (const each of node) look(each);
    else {
      const { type, start } = node as { type?: unknown; start?: unknown };
      if (typeof start === "number" && /^(?!Block).*(Statement|Declaration)$/.test(String(type)))
        starts.push(start);
      for (const each of Object.values(node)) look(each);
    }
  };
  look(program);
  return starts.sort((a, b) => a - b);
}

/** A line's places, once it is several: a column counts from the place before it on the same line. */
function brokenAt(places: string, breaks: readonly number[]): string {
  if (places === "" || breaks.length === 0) return `${places}${";".repeat(breaks.length)}`;
  let column = 0;
  let broken = 0;
  let text = "";
  for (const place of places.split(",")) {
    const { value, length } = firstNumber(place);
    column += value;
    let apart = text === "" ? "" : ",";
    let relative = value;
    while (broken < breaks.length && column >= (breaks[broken] ?? 0)) {
      apart = apart.endsWith(";") ? `${apart};` : ";";
      relative = column - (breaks[broken] ?? 0);
      broken += 1;
    }
    text += `${apart}${encoded(relative)}${place.slice(length)}`;
  }
  return text + ";".repeat(breaks.length - broken);
}

/** Numbers in a source map: five bits a letter, the least first, and the sign is the last bit. */
function firstNumber(place: string): { value: number; length: number } {
  let bits = 0;
  let length = 0;
  for (let more = true; more; length += 1) {
    const digit = BASE64.indexOf(place.charAt(length));
    bits += (digit % 32) * 32 ** length;
    more = digit >= 32;
  }
  return { value: bits % 2 === 1 ? -Math.floor(bits / 2) : bits / 2, length };
}

function encoded(value: number): string {
  let bits = value < 0 ? -value * 2 + 1 : value * 2;
  let text = "";
  do {
    const rest = Math.floor(bits / 32);
    text += BASE64.charAt((bits % 32) + (rest > 0 ? 32 : 0));
    bits = rest;
  } while (bits > 0);
  return text;
}
