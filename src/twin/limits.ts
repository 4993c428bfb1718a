import { isMapping } from "../mapping.ts";
import type { PropertyObject } from "./properties.ts";

/*
 * What a hub takes as reported properties: learn.microsoft.com, "Understand and use device twins in IoT Hub". It refuses
 * a patch whole for one value that does not fit, so what we send must.
 */

/** Of all reported properties together, counted as `sizeOf` does. */
export const SIZE_LIMIT = 32 * 1024;
/** Bytes of UTF-8. */
const TEXT_LIMIT = 4096;
const NAME_LIMIT = 1024;
/** Of an object or array; the reported properties themselves are at 0. */
const DEPTH_LIMIT = 10;
const GREATEST_INTEGER = 2 ** 52 - 1;

const CONTROLS = /\p{Cc}/gu;
/** The page does not name #, the hub's error does (Azure/azure-iot-sdk-java issue 243). */
const FORBIDDEN = /[.$# \p{Cc}]/gu;
const MARK = "…";

/** The size that the hub counts: names and texts in UTF-8 without control characters, 8 for a number, 4 for a boolean. */
export function sizeOf(value: unknown): number {
  if (typeof value === "string") return Buffer.byteLength(value.replace(CONTROLS, ""));
  if (typeof value === "number") return 8;
  if (typeof value === "boolean") return 4;
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + sizeOf(item), 0);
  if (!isMapping(value)) return 0;
  return Object.entries(value).reduce((sum, [name, item]) => sum + sizeOf(name) + sizeOf(item), 0);
}

/** A name that a twin may hold: what it may not hold becomes `_`. */
export const reportableName = (name: string): string => cutText(name.replace(FORBIDDEN, "_"), NAME_LIMIT);

/** A text that a twin may hold: a longer one is cut, which it shows. */
export const reportableText = (text: string): string => cutText(text, TEXT_LIMIT);

/**
 * What a twin can hold of a value: texts and names cut, and left out what it cannot hold at all, such as null and what is
 * too deep.
 * @param depth of the object or array that it is in
 * @returns undefined if nothing is left
 */
export function reportable(value: unknown, depth: number): unknown {
  switch (typeof value) {
    case "string":
      return reportableText(value);
    case "boolean":
      return value;
    case "number":
      return reportableNumber(value);
    case "object":
      break;
    default:
      return undefined;
  }
  if (value === null || depth >= DEPTH_LIMIT) return undefined;
  if (Array.isArray(value))
    return value.map((item) => reportable(item, depth + 1)).filter((item) => item !== undefined);
  return reportableObject(value as PropertyObject, depth + 1);
}

/** The same of an object that stands at this depth. */
export function reportableObject(object: PropertyObject, depth = 0): PropertyObject {
  const entries = Object.entries(object).map(
    ([name, value]) => [reportableName(name), reportable(value, depth)] as const,
  );
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

/** A whole number that the hub would refuse is told as a text, rather than as another number. */
function reportableNumber(value: number): number | string | undefined {
  if (!Number.isFinite(value)) return undefined;
  // From 1e21 on JSON writes an exponent: the hub takes it as no integer.
  const tooGreat = Number.isInteger(value) && Math.abs(value) > GREATEST_INTEGER && Math.abs(value) < 1e21;
  return tooGreat ? String(value) : value;
}

/** Cut between characters. */
function cutText(text: string, limit: number): string {
  if (Buffer.byteLength(text) <= limit) return text;
  const room = limit - Buffer.byteLength(MARK);
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(room));
  return `${text.slice(0, read)}${MARK}`;
}
