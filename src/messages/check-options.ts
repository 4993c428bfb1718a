import { HOUR, parseDuration } from "../durations.ts";
import { closest } from "../suggest.ts";
import { invalid } from "./message-body.ts";
import type { Priority } from "./outbox/outbox.ts";

/** `TelemetryOptions`, checked; durations in milliseconds. */
export interface CheckedOptions {
  readonly stream: string;
  readonly priority: Priority;
  readonly timeToLive: number | undefined;
  readonly contentType: string | undefined;
  readonly contentEncoding: string | undefined;
  readonly properties: Readonly<Record<string, string>>;
  readonly messageId: string | undefined;
  readonly correlationId: string | undefined;
  readonly output: string | undefined;
}

const PRIORITIES: Readonly<Record<string, Priority>> = { high: 0, normal: 1, low: 2 };
const MOST_CHARACTERS = 128;
/** More than a year: what the configuration allows, too. */
const LONGEST_LIFE = 10_000 * HOUR;

/** learn.microsoft.com, "Create and read IoT Hub messages", on MessageId. */
const MESSAGE_ID = /^[A-Za-z0-9\-:.+%_#*?!(),=@;$']{1,128}$/;
/**
 * What the same page lets the name of a property be made of by any protocol. Over MQTT names and values are URL-encoded
 * and may be more than that; but the hub's queries can ask only for such names.
 */
const PROPERTY_NAME = /^[A-Za-z0-9!#$%&'*+\-.^_`|~]+$/;
/** Of the hub: its system properties in a topic (`$.mid`), and what it stamps itself (`iothub-enqueuedtime`). */
const RESERVED = /^(?:\$|iothub-)/i;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const CONTROL = /[\u0000-\u001f\u007f]/;

const NAMES = [
  "stream",
  "priority",
  "timeToLive",
  "contentType",
  "contentEncoding",
  "properties",
  "messageId",
  "correlationId",
  "output",
] as const;

/**
 * Reads the options of a message, which may come from another process and be anything.
 * @throws HubhandError MESSAGE_INVALID that names the option and what was expected
 */
export function checkOptions(given: unknown): CheckedOptions {
  const options = asObject(given, "the options are");
  for (const name of Object.keys(options)) {
    if ((NAMES as readonly string[]).includes(name)) continue;
    const meant = closest(name, NAMES);
    throw invalid(
      `there is no option ${JSON.stringify(name)}${meant === undefined ? `; there are ${NAMES.join(", ")}` : `; did you mean ${meant}?`}`,
    );
  }
  const text = (name: (typeof NAMES)[number]) => readText(options[name], name);
  return {
    stream: text("stream") ?? "",
    priority: readPriority(options.priority),
    timeToLive: readTimeToLive(options.timeToLive),
    contentType: text("contentType"),
    contentEncoding: text("contentEncoding"),
    properties: readProperties(options.properties),
    messageId: readMessageId(options.messageId),
    correlationId: text("correlationId"),
    output: text("output"),
  };
}

function readPriority(given: unknown): Priority {
  const priority =
    typeof given === "string" && Object.hasOwn(PRIORITIES, given) ? PRIORITIES[given] : undefined;
  if (priority !== undefined) return priority;
  if (given === undefined) return 1;
  throw unexpected("option priority is", given, "high, normal or low");
}

function readTimeToLive(given: unknown): number | undefined {
  if (given === undefined) return undefined;
  const milliseconds = typeof given === "string" ? parseDuration(given) : undefined;
  if (milliseconds === undefined || milliseconds <= 0 || milliseconds > LONGEST_LIFE)
    throw unexpected("option timeToLive is", given, "a duration like 30s, 5m or 2h, 10000h at most");
  return milliseconds;
}

function readMessageId(given: unknown): string | undefined {
  if (given === undefined || (typeof given === "string" && MESSAGE_ID.test(given))) return given;
  throw unexpected("option messageId is", given, "1 to 128 of the characters A-Z a-z 0-9 -:.+%_#*?!(),=@;$'");
}

function readText(given: unknown, name: string): string | undefined {
  if (given === undefined) return undefined;
  const problem = `option ${name} is`;
  if (typeof given !== "string" || given === "") throw unexpected(problem, given, "a text");
  if (given.length > MOST_CHARACTERS)
    throw invalid(`option ${name} has ${given.length} characters; expected ${MOST_CHARACTERS} at most`);
  if (!isPlain(given)) throw unexpected(problem, given, "a text without control characters");
  return given;
}

/** A copy, without a prototype: a property may have any name. */
function readProperties(given: unknown): Record<string, string> {
  const properties: Record<string, string> = Object.create(null);
  if (given === undefined) return properties;
  for (const [name, value] of Object.entries(asObject(given, "option properties is"))) {
    const place = `option properties: the name ${JSON.stringify(name)}`;
    if (!PROPERTY_NAME.test(name))
      throw invalid(`${place} has a sign that the hub may refuse; expected A-Z a-z 0-9 !#$%&'*+-.^_\`|~`);
    if (RESERVED.test(name)) throw invalid(`${place} is the hub's own; begin it with neither $ nor iothub-`);
    if (typeof value !== "string" || !isPlain(value))
      throw unexpected(
        `option properties: ${JSON.stringify(name)} is`,
        value,
        "a text without control characters",
      );
    properties[name] = value;
  }
  return properties;
}

const isPlain = (text: string): boolean => text.isWellFormed() && !CONTROL.test(text);

function asObject(given: unknown, what: string): Readonly<Record<string, unknown>> {
  if (given === undefined) return {};
  if (typeof given !== "object" || given === null || Array.isArray(given))
    throw unexpected(what, given, "an object");
  return given as Record<string, unknown>;
}

/** Values of options may be personal, and are not repeated: their type says enough. */
function unexpected(what: string, given: unknown, expected: string): Error {
  const found =
    given === null
      ? "null"
      : typeof given === "string"
        ? "a text that does not fit"
        : `of type ${typeof given}`;
  return invalid(`${what} ${found}; expected ${expected}`);
}
