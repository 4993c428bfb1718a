import { decode, encode, type SourceMapSegment } from "@jridgewell/sourcemap-codec";
import { parseSync } from "rolldown/utils";

/** Characters after which a line ends at the next statement. */
const ENOUGH = 160;

export interface Mapped {
  readonly code: string;
  /** As a source map has it. */
  readonly mappings: string;
}

/** Begins a new line where a statement begins, and a line is long: a stack trace that says `1:837462` helps nobody. */
export function withShortLines(name: string, { code, mappings }: Mapped): Mapped {
  const lines = code.split("\n");
  const mapped = decode(mappings);
  const starts = statementStarts(name, code);
  const written: string[] = [];
  const places: SourceMapSegment[][] = [];
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
    places.push(...brokenAt(mapped[index] ?? [], breaks));
    lineStart += line.length + 1;
  }
  return { code: written.join("\n"), mappings: encode(places) };
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

/** A line's places, once it is several: each counts its columns from its own start. */
function brokenAt(places: readonly SourceMapSegment[], breaks: readonly number[]): SourceMapSegment[][] {
  return [0, ...breaks].map((from, at) => {
    const to = breaks[at] ?? Number.POSITIVE_INFINITY;
    return places
      .filter(([column]) => column >= from && column < to)
      .map(([column, ...rest]): SourceMapSegment => [column - from, ...rest] as SourceMapSegment);
  });
}
