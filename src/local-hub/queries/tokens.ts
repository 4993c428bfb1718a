import { HubError } from "../hub-error.ts";
import { queryError } from "./query-error.ts";

/** A query, or a condition alone, in characters (learn.microsoft.com, "Queries for IoT Hub device and module twins"). */
const LENGTH_LIMIT = 8192;

export type TokenKind = "word" | "escaped" | "string" | "number" | "symbol" | "end";

/** A word is a name or a keyword; an escaped one, `[[like this]]`, is always a name. */
export interface Token {
  kind: TokenKind;
  /** A name or symbol as it was written; of a string, its value. */
  text: string;
  /** Of its first character, from 1. */
  position: number;
}

const PATTERNS: readonly { kind: TokenKind | "space"; pattern: RegExp }[] = [
  { kind: "space", pattern: /\s+/y },
  { kind: "word", pattern: /[\p{L}_$][\p{L}\p{N}_$]*/uy },
  { kind: "number", pattern: /0[xX][0-9a-fA-F]+|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y },
  { kind: "string", pattern: /'(?:[^'\\]|\\[\s\S])*'|"(?:[^"\\]|\\[\s\S])*"/y },
  { kind: "escaped", pattern: /\[\[[^[\]]+\]\]/y },
  { kind: "symbol", pattern: /<=|>=|<>|!=|[=<>()[\],.*/%+-]/y },
];

/** A query's tokens, the last of them of kind "end". @throws HubError ArgumentInvalid */
export function tokenize(text: string): Token[] {
  if (text.length > LENGTH_LIMIT) {
    throw new HubError("ArgumentInvalid", `the query is longer than ${LENGTH_LIMIT} characters`);
  }
  const tokens: Token[] = [];
  let index = 0;
  while (index < text.length) {
    const { kind, matched } = readToken(text, index);
    const position = index + 1;
    index += matched.length;
    if (kind === "space") continue;
    if (kind === "number" && /[\p{L}\p{N}_$]/u.test(text.charAt(index))) {
      throw queryError(position, "a name that begins with a digit is written [[in double brackets]]");
    }
    tokens.push({ kind, text: textOf(kind, matched, position), position });
  }
  tokens.push({ kind: "end", text: "", position: text.length + 1 });
  return tokens;
}

function readToken(text: string, index: number): { kind: TokenKind | "space"; matched: string } {
  for (const { kind, pattern } of PATTERNS) {
    pattern.lastIndex = index;
    const matched = pattern.exec(text)?.[0];
    if (matched !== undefined) return { kind, matched };
  }
  const character = text.charAt(index);
  const isQuote = character === "'" || character === '"';
  throw queryError(
    index + 1,
    isQuote ? "this string does not end" : `${JSON.stringify(character)} begins nothing`,
  );
}

function textOf(kind: TokenKind, matched: string, position: number): string {
  if (kind === "escaped") return matched.slice(2, -2);
  return kind === "string" ? withoutEscapes(matched, position) : matched;
}

/** `\'`, `\"`, `\\` and `\uXXXX` are all there is (learn.microsoft.com, "IoT Hub query language"). */
function withoutEscapes(literal: string, position: number): string {
  return literal.slice(1, -1).replace(/\\(u[0-9a-fA-F]{4}|[\s\S])/g, (_all, escaped: string) => {
    if (escaped.length > 1) return String.fromCharCode(Number.parseInt(escaped.slice(1), 16));
    if (!"'\"\\".includes(escaped)) {
      throw queryError(position, `this string has an escape other than \\', \\", \\\\ and \\uXXXX`);
    }
    return escaped;
  });
}
