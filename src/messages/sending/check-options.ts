import { parseDuration, printDuration } from "../../durations.ts";
import { isMapping } from "../../mapping.ts";
import {
  LONGEST_LIFE_MS,
  PRIORITIES,
  propertiesProblem,
  textProblem,
  unexpected,
} from "../../rules/message-rules.ts";
import { closest } from "../../suggest.ts";
import type { Priority } from "../outbox/outbox.ts";
import type { TelemetryOptions } from "../telemetry.ts";
import { invalid } from "./message-body.ts";

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

/** learn.microsoft.com, "Create and read IoT Hub messages", on MessageId. */
const MESSAGE_ID = /^[A-Za-z0-9\-:.+%_#*?!(),=@;$']{1,128}$/;
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
] as const satisfies readonly (keyof TelemetryOptions)[];

/**
 * Reads the options of a message, which may come from another process and be anything.
 * @throws HubhandError MESSAGE_INVALID that names the option and what was expected
 */
export function checkOptions(given: unknown): CheckedOptions {
  const options = asObject(given);
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

function readPriority(given: unknown = "normal"): Priority {
  const priority = (PRIORITIES as readonly unknown[]).indexOf(given);
  if (priority >= 0) return priority as Priority;
  throw invalid(`option priority ${unexpected(given, "high, normal or low")}`);
}

function readTimeToLive(given: unknown): number | undefined {
  if (given === undefined) return undefined;
  const milliseconds = typeof given === "string" ? parseDuration(given) : undefined;
  if (milliseconds !== undefined && milliseconds > 0 && milliseconds <= LONGEST_LIFE_MS) return milliseconds;
  const expected = `a duration like 30s, 5m or 2h, ${printDuration(LONGEST_LIFE_MS)} at most`;
  throw invalid(`option timeToLive ${unexpected(given, expected)}`);
}

function readMessageId(given: unknown): string | undefined {
  if (given === undefined || (typeof given === "string" && MESSAGE_ID.test(given))) return given;
  const expected = "1 to 128 of the characters A-Z a-z 0-9 -:.+%_#*?!(),=@;$'";
  throw invalid(`option messageId ${unexpected(given, expected)}`);
}

function readText(given: unknown, name: string): string | undefined {
  if (given === undefined) return undefined;
  const problem = textProblem(given);
  if (problem !== undefined) throw invalid(`option ${name} ${problem}`);
  return given as string;
}

/** A copy, without a prototype: a property may have any name. */
function readProperties(given: unknown = {}): Record<string, string> {
  const properties = isMapping(given) ? Object.assign(Object.create(null), given) : given;
  const problem = propertiesProblem(properties);
  if (problem !== undefined) throw invalid(`option properties ${problem}`);
  return properties;
}

function asObject(given: unknown = {}): Readonly<Record<string, unknown>> {
  if (isMapping(given)) return given as Record<string, unknown>;
  throw invalid(`what says how it is sent ${unexpected(given, "an object of options")}`);
}
