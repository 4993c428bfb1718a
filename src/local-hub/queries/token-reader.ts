import type { HubError } from "../hub-error.ts";
import { queryError } from "./query-error.ts";
import { type Token, tokenize } from "./tokens.ts";

/**
 * The words that are no names unless they are written `[[so]]`. "IoT Hub query language" says it of `group` alone. The others
 * are from Digital Twins' list, which has IoT Hub's collections in it and so is taken for that of the same language
 * (learn.microsoft.com, "Azure Digital Twins query language reference: Reserved keywords"); in brackets all are right anyway.
 */
const RESERVED = new Set(
  `ALL AND AS ASC AVG BY COUNT DESC DEVICES ENDSWITH FALSE FROM GROUP IN IS_BOOL IS_DEFINED IS_NULL IS_NUMBER IS_OBJECT
   IS_PRIMITIVE IS_STRING MAX MIN NIN NOT NULL OR ORDER SELECT STARTSWITH SUM TOP TRUE UNDEFINED WHERE`.split(
    /\s+/,
  ),
);

/** Walks a query's tokens, one ahead. Keywords are told in upper case, and met in any. */
export interface TokenReader {
  /** The token to come. */
  readonly next: Token;
  /** The one after that. */
  readonly second: Token;
  take(): Token;
  isKeyword(keyword: string): boolean;
  isSymbol(symbol: string): boolean;
  /** Takes the keyword or symbol if it comes, and says whether. */
  tookKeyword(keyword: string): boolean;
  tookSymbol(symbol: string): boolean;
  /** @throws HubError ArgumentInvalid if something else comes */
  expectKeyword(keyword: string): void;
  expectSymbol(symbol: string): void;
  /** A name of a document's property, or one that the query gives. @throws HubError ArgumentInvalid */
  expectName(what: string): Token;
  expectEnd(expected: string): void;
  /** The error that says what comes in place of what was `expected`. */
  unexpected(expected: string): HubError;
}

/** @throws HubError ArgumentInvalid for what is no token */
export function createTokenReader(text: string): TokenReader {
  const tokens = tokenize(text);
  const end = tokens.at(-1) ?? { kind: "end", text: "", position: 1 };
  let index = 0;

  const reader: TokenReader = {
    get next() {
      return tokens[index] ?? end;
    },
    get second() {
      return tokens[index + 1] ?? end;
    },
    take() {
      const token = reader.next;
      index += 1;
      return token;
    },
    isKeyword: (keyword) => reader.next.kind === "word" && reader.next.text.toUpperCase() === keyword,
    isSymbol: (symbol) => reader.next.kind === "symbol" && reader.next.text === symbol,
    tookKeyword: (keyword) => took(reader.isKeyword(keyword)),
    tookSymbol: (symbol) => took(reader.isSymbol(symbol)),
    expectKeyword(keyword) {
      if (!reader.tookKeyword(keyword)) throw reader.unexpected(keyword);
    },
    expectSymbol(symbol) {
      if (!reader.tookSymbol(symbol)) throw reader.unexpected(JSON.stringify(symbol));
    },
    expectName(what) {
      const token = reader.next;
      if (token.kind === "word" && isReserved(token)) {
        throw queryError(
          token.position,
          `expected ${what}; ${quoted(token)} is a keyword, as a name it is written [[${token.text}]]`,
        );
      }
      if (token.kind !== "word" && token.kind !== "escaped") throw reader.unexpected(what);
      return reader.take();
    },
    expectEnd(expected) {
      if (reader.next.kind !== "end") throw reader.unexpected(expected);
    },
    unexpected: (expected) =>
      queryError(reader.next.position, `expected ${expected}, found ${describe(reader.next)}`),
  };

  function took(fits: boolean): boolean {
    if (fits) index += 1;
    return fits;
  }

  return reader;
}

function isReserved(token: Token): boolean {
  return RESERVED.has(token.text.toUpperCase());
}

/** Strings are not repeated: they may be secrets. */
function describe(token: Token): string {
  if (token.kind === "end") return "the end";
  return token.kind === "string" ? "a string" : quoted(token);
}

function quoted(token: Token): string {
  return JSON.stringify(token.text.length > 40 ? `${token.text.slice(0, 40)}…` : token.text);
}
