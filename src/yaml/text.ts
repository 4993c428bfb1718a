import { type Document, type ErrorCode, isScalar, LineCounter, parseDocument, visit } from "yaml";
import { YAML_PROBLEMS } from "./problems.ts";

/** A place in a text, both from 1. */
export interface TextPlace {
  readonly line: number;
  readonly col: number;
}

/** A text that is YAML, and where its parts stand. */
export interface YamlText {
  readonly document: Document.Parsed;
  placeOf(offset: number | undefined): TextPlace;
}

/** A text that is none: the first fault, in words that quote nothing of it, as it may hold a secret. */
export interface YamlFault {
  readonly problem: string;
  readonly place: TextPlace;
}

/** Parses YAML 1.2, which contains JSON. Keys are texts; duplicate keys and unknown tags are faults. */
export function parseYaml(text: string): YamlText | YamlFault {
  const lines = new LineCounter();
  const placeOf = (offset = 0): TextPlace => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), col: Math.max(col, 1) };
  };
  const fault = (offset: number, code: ErrorCode): YamlFault => ({
    problem: YAML_PROBLEMS[code],
    place: placeOf(offset),
  });
  let document: Document.Parsed;
  let twice: number | undefined;
  try {
    document = parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false,
      stringKeys: true,
      uniqueKeys: false,
    });
    twice = duplicateKey(document);
  } catch {
    // The parser recurses: only a file that nests thousands of levels deep ends here.
    return fault(0, "RESOURCE_EXHAUSTION");
  }
  // One fault makes the parser stumble over what follows: the first is the one to correct.
  const [first] = [...document.errors, ...document.warnings].toSorted((a, b) => a.pos[0] - b.pos[0]);
  if (first !== undefined) return fault(first.pos[0], first.code);
  return twice === undefined ? { document, placeOf } : fault(twice, "DUPLICATE_KEY");
}

/** Where a key stands for the second time. The parser would hold each key against all others: seconds, for a large file. */
function duplicateKey(document: Document.Parsed): number | undefined {
  let found: number | undefined;
  visit(document, {
    Map(_, { items }) {
      const seen = new Set<unknown>();
      for (const { key } of items) {
        if (!isScalar(key)) continue;
        if (!seen.has(key.value)) seen.add(key.value);
        else {
          found = key.range?.[0] ?? 0;
          return visit.BREAK;
        }
      }
      return undefined;
    },
  });
  return found;
}
