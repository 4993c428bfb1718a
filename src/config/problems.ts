import type { Key } from "./keys.ts";
import type { Unfit } from "./kinds.ts";

/** One value of one key from one source, before it is read. */
export interface Given {
  readonly key: Key;
  readonly written: unknown;
  /** Whether it is text (variable, flag) or data (file, default). */
  readonly form: "text" | "data";
  /** The folder that a relative path starts from. */
  readonly base: string;
  /** The source, as `LoadedConfig.origin` tells it. */
  readonly origin: string;
  /** The place, as a message tells it: a file's with line and column. */
  readonly where: string;
}

/** What a source gave, and what is wrong with it: one line a problem. */
export interface Source {
  readonly givens: readonly Given[];
  readonly problems: readonly string[];
}

/** The line for a value that does not fit: key, place, what was given, what was expected, what to do. */
export function misfit(given: Given, unfit: Unfit): string {
  const { name, setting } = given.key;
  const had = setting.kind.hidden
    ? `${shapeOf(given.written)} (not shown: it may hold a secret)`
    : show(given.written);
  const fallback = `leave it out for the default, ${printDefault(setting.default)}.`;
  return `${name}: ${given.where} has ${had}; expected ${unfit.expected}. ${unfit.advice ?? `Correct it, or ${fallback}`}`;
}

/** A default as prose tells it. */
export function printDefault(written: unknown): string {
  return written === null ? "not set" : typeof written === "string" ? written : JSON.stringify(written);
}

/**
 * A value in a message. A text with `=` or `;` may be a connection string or a key that was pasted into the wrong
 * place, and is not shown; none of the keys whose values are shown has a use for these signs.
 */
export function show(value: unknown): string {
  if (typeof value === "string" && /[=;]/.test(value)) return "(not shown: it may hold a secret)";
  if (value === null || value === undefined) return "no value";
  if (typeof value === "object") return shapeOf(value);
  const text = JSON.stringify(value) ?? shapeOf(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

/** What sort of value it is, telling nothing of its content. */
export function shapeOf(value: unknown): string {
  if (value === null || value === undefined) return "no value";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a mapping";
  return typeof value === "string" ? "a text" : `a ${typeof value}`;
}

/** A name out of a file or the environment, unless it does not look like one: then it may be a misplaced secret. */
export function showName(name: string): string {
  return /^[\w.-]{1,60}$/.test(name) ? name : "(a name that is not shown)";
}
