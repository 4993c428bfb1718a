import { HubError } from "../hub-error.ts";
import { isObject, own, put } from "./json.ts";
import type { JsonObject, JsonValue } from "./twins.ts";

/** The parts of a twin that somebody may change, by the names that the service has for them in its errors. */
export type TwinPart = "Tags" | "Properties.Desired" | "Properties.Reported";

/** Bytes, counted as `sizeOf` does. This and the rest: learn.microsoft.com, "Understand and use device twins in IoT Hub". */
const SIZE_LIMITS: Record<TwinPart, number> = {
  Tags: 8 * 1024,
  "Properties.Desired": 32 * 1024,
  "Properties.Reported": 32 * 1024,
};
const DEPTH_LIMIT = 10;
/** Bytes of UTF-8. */
const NAME_LIMIT = 1024;
const TEXT_LIMIT = 4096;
const LEAST_INTEGER = -(2 ** 52);
const GREATEST_INTEGER = 2 ** 52 - 1;

/** C0 and C1. */
const CONTROL = /\p{Cc}/u;
const CONTROLS = /\p{Cc}/gu;
/** The documentation does not name #, the service's error does (Azure/azure-iot-sdk-java issue 243). */
const FORBIDDEN = /[.$# ]/;

/**
 * A frozen copy of what somebody wants to put into a twin, if the service would take it. Null removes, and so is no value
 * within an array. What is undefined is left out, as JSON does. @throws HubError ArgumentInvalid
 */
export function checkedPatch(patch: unknown): JsonObject {
  if (!isObject(patch)) throw notValid("it is not a JSON object");
  return checkedObject(patch, { depth: 0, inArray: false });
}

/** @throws HubError DeviceModelMaxPropertiesExceeded */
export function checkSize(part: TwinPart, size: number): void {
  const limit = SIZE_LIMITS[part];
  if (size <= limit) return;
  throw new HubError(
    "DeviceModelMaxPropertiesExceeded",
    `'${part}' size should be less than ${limit} bytes.`,
  );
}

/**
 * The size that the service counts: names and texts in bytes of UTF-8 without control characters, 8 for a number, 4 for a
 * boolean; objects and arrays have the size of what is in them.
 */
export function sizeOf(value: JsonValue): number {
  if (typeof value === "string") return textSize(value);
  if (typeof value === "number") return 8;
  if (typeof value === "boolean") return 4;
  if (value === null) return 0;
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + sizeOf(item), 0);
  return Object.entries(value).reduce((sum, [name, item]) => sum + textSize(name) + sizeOf(item), 0);
}

/** By how much a patch has made the values grow: of a large twin and a small patch, without a look at the rest. */
export function growthOf(change: { from: JsonObject; to: JsonObject; patch: JsonObject }): number {
  const sizeAt = (values: JsonObject, name: string) => {
    const value = own(values, name);
    return value === undefined ? 0 : textSize(name) + sizeOf(value);
  };
  return Object.keys(change.patch).reduce(
    (sum, name) => sum + sizeAt(change.to, name) - sizeAt(change.from, name),
    0,
  );
}

function textSize(text: string): number {
  return Buffer.byteLength(CONTROL.test(text) ? text.replace(CONTROLS, "") : text);
}

/** Where a value stands. The depth is that of its parent: tags, desired and reported are at 0. */
interface Place {
  depth: number;
  inArray: boolean;
}

function checkedObject(object: JsonObject, place: Place): JsonObject {
  checkDepth(place);
  const below = { depth: place.depth + 1, inArray: place.inArray };
  const checked: JsonObject = {};
  for (const [name, value] of Object.entries(object) as Array<[string, JsonValue | undefined]>) {
    if (value === undefined) continue;
    checkName(name);
    put(checked, name, checkedValue(name, value, below));
  }
  return Object.freeze(checked);
}

function checkedValue(name: string, value: JsonValue, place: Place): JsonValue {
  switch (typeof value) {
    case "boolean":
      return value;
    case "number":
      return checkedNumber(name, value);
    case "string":
      if (Buffer.byteLength(value) <= TEXT_LIMIT) return value;
      throw invalid(`Property or Tag value should be maximum ${TEXT_LIMIT} bytes. ${errorIn(name)}`);
    default:
  }
  if (value === null) {
    if (!place.inArray) return null;
    throw notValid(`arrays cannot hold null. ${errorIn(name)}`);
  }
  if (Array.isArray(value)) {
    checkDepth(place);
    const below = { depth: place.depth + 1, inArray: true };
    return Object.freeze(value.map((item) => checkedValue(name, item, below))) as JsonValue[];
  }
  if (isObject(value)) return checkedObject(value, place);
  throw notValid(`a value is a boolean, number, text, array or object. ${errorIn(name)}`);
}

/** A whole number with an exponent is no integer, but a floating-point number, to the service: so are those from 1e21 on. */
function checkedNumber(name: string, value: number): number {
  if (!Number.isFinite(value)) throw notValid(`a number is beyond all limits. ${errorIn(name)}`);
  const isInteger = Number.isInteger(value) && Math.abs(value) < 1e21;
  if (isInteger && (value < LEAST_INTEGER || value > GREATEST_INTEGER)) {
    throw invalid(
      `Property or Tag value should be from ${LEAST_INTEGER} to ${GREATEST_INTEGER}. ${errorIn(name)}`,
    );
  }
  return value;
}

function checkName(name: string): void {
  if (CONTROL.test(name) || FORBIDDEN.test(name)) {
    throw invalid(
      `Property or Tag name has invalid characters. ${errorIn(name)}. Must not contain Control Characters, '.', '$', '#', or ' '.`,
    );
  }
  if (Buffer.byteLength(name) > NAME_LIMIT) {
    throw invalid(`Property or Tag name should be maximum ${NAME_LIMIT} bytes. ${errorIn(name)}`);
  }
}

function checkDepth({ depth }: Place): void {
  if (depth > DEPTH_LIMIT) throw notValid(`its depth exceeds ${DEPTH_LIMIT}`);
}

/** Names come from outside: for an error they are cut, and their control characters escaped. */
function errorIn(name: string): string {
  const shown = name.length > 100 ? `${name.slice(0, 100)}…` : name;
  return `Error in Property/Tag ${CONTROL.test(shown) ? JSON.stringify(shown) : shown}`;
}

function notValid(why: string): HubError {
  return invalid(`Provided json is not a valid 'tags' or 'properties' object: ${why}`);
}

function invalid(message: string): HubError {
  return new HubError("ArgumentInvalid", message);
}
