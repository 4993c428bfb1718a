import { HubhandError, messageOf } from "../errors.ts";
import { PAYLOAD_LIMIT_BYTES } from "./limits.ts";

/**
 * Reads a payload that a person wrote on a command line.
 * @throws HubhandError CALL_INVALID, with the place of the fault, and how to quote it where a shell seems to be at fault
 */
export function parsePayload(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const hint = quotingHint(text);
    throw new HubhandError(
      "CALL_INVALID",
      `The payload is not JSON: ${placeOf(text)}.${hint === undefined ? "" : ` ${hint}`}`,
      { cause: error },
    );
  }
}

/**
 * Refuses a payload that the hub would refuse, before it is sent.
 * @throws HubhandError CALL_INVALID if it is no JSON value, nested too deeply to be written, or over the hub's 128 KiB
 */
export function checkPayload(payload: unknown): void {
  const bytes = Buffer.byteLength(stringify(payload));
  if (bytes > PAYLOAD_LIMIT_BYTES) {
    throw new HubhandError(
      "CALL_INVALID",
      `The payload has ${bytes} bytes as JSON; the hub takes ${PAYLOAD_LIMIT_BYTES} (128 KiB). Nothing was sent.`,
    );
  }
}

function stringify(payload: unknown): string {
  try {
    return JSON.stringify(payload ?? null) ?? "null";
  } catch (error) {
    const problem = error instanceof RangeError ? "is nested too deeply" : `is not JSON: ${messageOf(error)}`;
    throw new HubhandError("CALL_INVALID", `The payload ${problem}. Nothing was sent.`, { cause: error });
  }
}

function placeOf(text: string): string {
  if (text.trim() === "") return "it is empty (leave it out to send none)";
  const at = faultIndex(text);
  if (at === undefined) return "it ends too early";
  const line = text.slice(0, at).split("\n").length;
  const found = JSON.stringify(String.fromCodePoint(text.codePointAt(at) ?? 0));
  return `${found} at character ${at + 1}${line > 1 ? ` (line ${line})` : ""} does not belong there`;
}

/**
 * The index of the first character that no JSON text could have there; undefined if more text could mend it. V8 tells
 * the place in only some of its messages. But a sentinel that JSON allows nowhere, put after a beginning that is still
 * right, is what V8 complains about; after one that is wrong it complains of something earlier. So: bisect.
 */
function faultIndex(text: string): number | undefined {
  let right = 0;
  let wrong = text.length + 1;
  while (wrong - right > 1) {
    const middle = (right + wrong) >> 1;
    if (couldBegin(text.slice(0, middle))) right = middle;
    else wrong = middle;
  }
  return right === text.length ? undefined : right;
}

function couldBegin(beginning: string): boolean {
  try {
    JSON.parse(`${beginning}\u0001`);
    return false;
  } catch (error) {
    const message = messageOf(error);
    return (
      message.startsWith("Unexpected token '\u0001'") || message.includes(` at position ${beginning.length} `)
    );
  }
}

/** What to write instead, if the text looks like JSON that a shell has taken the quotes from, or left them in. */
function quotingHint(text: string): string | undefined {
  const trimmed = text.trim();
  if (/^[\p{L}_][\p{L}\p{N}_.-]*$/u.test(trimmed)) return `If the word itself is meant: '"${trimmed}"'.`;
  if (trimmed.startsWith("'")) {
    return 'This shell passes single quotes on: write "{\\"a\\":1}".';
  }
  if (/^[[{]\s*[\p{L}_]/u.test(trimmed) && !trimmed.includes('"')) {
    return `The shell may have taken the double quotes: write '{"a":1}' (in cmd.exe "{\\"a\\":1}").`;
  }
  return undefined;
}
