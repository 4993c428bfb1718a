import { ERROR_CODES } from "../../../errors.ts";
import { isMapping } from "../../../mapping.ts";
import { MAX_REPLY_BYTES } from "../../../methods/reply.ts";
import { LINE_LEVELS } from "../../../rules/log-levels.ts";
import { LONGEST_MESSAGE } from "../message-window.ts";
import type { FromPlugin } from "./protocol.ts";

/** Longer than any text that our code over there sends: it cuts them at 8 KiB. */
const LONGEST_TEXT = 20_000;

type Fits = (value: unknown) => boolean;

const isText: Fits = (value) => typeof value === "string" && value.length <= LONGEST_TEXT;
const isWhole: Fits = (value) => Number.isSafeInteger(value);
const orNothing =
  (fits: Fits): Fits =>
  (value) =>
    value === undefined || fits(value);
const oneOf =
  (values: readonly unknown[]): Fits =>
  (value) =>
    values.includes(value);

/** JSON that goes out as it is. What is too large is refused later, unread. */
const isJson: Fits = (value) =>
  typeof value === "string" && (value.length > MAX_REPLY_BYTES || parsed(value) !== undefined);
const isFields: Fits = (value) => isText(value) && isMapping(parsed(value as string)?.value);
const isMessage: Fits = (value) => typeof value === "string" && value.length <= LONGEST_MESSAGE;
const isOptions: Fits = (value) => isMessage(value) && isMapping(parsed(value as string)?.value);
const isThrown: Fits = (value) =>
  isMapping(value) && isText(value.name) && isText(value.message) && orNothing(isText)(value.stack);
const isFailure: Fits = (value) =>
  isMapping(value) &&
  typeof value.code === "string" &&
  Object.hasOwn(ERROR_CODES, value.code) &&
  "status" in (ERROR_CODES[value.code as keyof typeof ERROR_CODES] ?? {}) &&
  isText(value.message) &&
  orNothing(isThrown)(value.thrown);
const isAnything: Fits = () => true;

function parsed(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

const SHAPES: Readonly<Record<FromPlugin["type"], Readonly<Record<string, Fits>>>> = {
  booted: { thread: orNothing(isText) },
  imported: { definition: isAnything },
  "import-failed": { problem: isText, thrown: isThrown },
  started: {},
  "start-failed": { thrown: isThrown },
  stopped: {},
  "stop-failed": { thrown: isThrown },
  done: { id: isWhole, text: orNothing(isJson) },
  failed: { id: isWhole, failure: isFailure },
  // A status that is none is the caller's to hear of.
  reply: { id: isWhole, status: isAnything, text: isJson },
  job: { id: isWhole, work: isWhole },
  progress: { id: isWhole, text: isJson },
  alive: {},
  telemetry: { id: isWhole, body: isMessage, options: isOptions },
  log: {
    id: orNothing(isWhole),
    level: oneOf(LINE_LEVELS),
    fields: orNothing(isFields),
    text: orNothing(isText),
  },
  output: { stream: oneOf(["stdout", "stderr"]), line: isText },
  dropped: { lines: isWhole },
  uncaught: { kind: isText, thrown: isThrown },
};

/**
 * What came from a plugin's thread or process, if it is a message of the protocol. A plugin that wants to can write
 * there itself, past our code; so what is not is no accident, and nothing else in the agent needs to think of it.
 */
export function heard(data: unknown): FromPlugin | undefined {
  if (!isMapping(data) || typeof data.type !== "string" || !Object.hasOwn(SHAPES, data.type))
    return undefined;
  const shape = SHAPES[data.type as FromPlugin["type"]];
  const isOne = Object.entries(shape).every(([key, fits]) => fits(data[key]));
  return isOne ? (data as FromPlugin) : undefined;
}
