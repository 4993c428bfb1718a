import { type Document, type ErrorCode, LineCounter, parseDocument } from "yaml";
import { YAML_PROBLEMS } from "./yaml-problems.ts";

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
  try {
    document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true });
  } catch {
    // The parser recurses: only a file that nests thousands of levels deep ends here.
    return fault(0, "RESOURCE_EXHAUSTION");
  }
  // One fault makes the parser stumble over what follows: the first is the one to correct.
  const [first] = [...document.errors, ...document.warnings].toSorted((a, b) => a.pos[0] - b.pos[0]);
  return first === undefined ? { document, placeOf } : fault(first.pos[0], first.code);
}
