import { HOUR } from "../durations.ts";
import { isMapping } from "../mapping.ts";
import type { TelemetryOptions } from "../messages/telemetry.ts";
import { KIBIBYTE } from "../sizes.ts";

/*
 * What a message to the hub may have: the same for what plugins send, for what a task of theirs says of its result, and
 * for what configuration and twin say of the device's own tasks. Problems follow the name of the option: `stream is of
 * type number; expected a text`. Values may be personal, and are not repeated: their type says enough.
 */

/** The first goes first. */
export const PRIORITIES = [
  "high",
  "normal",
  "low",
] as const satisfies readonly TelemetryOptions["priority"][];
/** Milliseconds that a message may be worth sending at most: more than a year. */
export const LONGEST_LIFE_MS = 10_000 * HOUR;
/** learn.microsoft.com, "IoT Hub quotas and throttling": a device-to-cloud message, body and properties. */
export const MOST_MESSAGE_BYTES = 256 * KIBIBYTE;

const MOST_CHARACTERS = 128;
/**
 * What learn.microsoft.com, "Create and read IoT Hub messages", lets the name of a property be made of by any protocol.
 * Over MQTT names and values are URL-encoded and may be more than that; but the hub's queries can ask only for such names.
 */
const PROPERTY_NAME = /^[A-Za-z0-9!#$%&'*+\-.^_`|~]+$/;
/** Of the hub: its system properties in a topic (`$.mid`), and what it stamps itself (`iothub-enqueuedtime`). */
const RESERVED = /^(?:\$|iothub-)/i;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const CONTROL = /[\u0000-\u001f\u007f]/;

const isPlain = (text: string): boolean => text.isWellFormed() && !CONTROL.test(text);

/** What is wrong with a text such as `stream` or `contentType`; undefined if nothing is. */
export function textProblem(given: unknown): string | undefined {
  if (typeof given !== "string" || given === "") return unexpected(given, "a text");
  if (given.length > MOST_CHARACTERS)
    return `has ${given.length} characters; expected ${MOST_CHARACTERS} at most`;
  return isPlain(given) ? undefined : unexpected(given, "a text without control characters");
}

/** The same of application properties. */
export function propertiesProblem(given: unknown): string | undefined {
  if (!isMapping(given)) return unexpected(given, "an object of texts");
  for (const [name, value] of Object.entries(given)) {
    const shown = JSON.stringify(name.slice(0, MOST_CHARACTERS));
    if (!PROPERTY_NAME.test(name))
      return `has a name ${shown} with a sign that the hub may refuse; expected A-Z a-z 0-9 !#$%&'*+-.^_\`|~`;
    if (RESERVED.test(name))
      return `has a name ${shown} that is the hub's own; begin it with neither $ nor iothub-`;
    if (typeof value !== "string" || !isPlain(value))
      return `has ${shown}, which ${unexpected(value, "a text without control characters")}`;
  }
  return undefined;
}

/** That something is not what was expected. */
export function unexpected(given: unknown, expected: string): string {
  const isText = typeof given === "string";
  const found = given === null ? "null" : isText ? "a text that does not fit" : `of type ${typeof given}`;
  return `is ${found}; expected ${expected}`;
}
