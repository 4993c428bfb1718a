import { KIBIBYTE } from "../../sizes.ts";

/** The longest line, in bytes: what reads logs takes lines of 16 to 64 KiB, and cuts others in the middle. */
export const LONGEST_LINE = 32 * KIBIBYTE;

/** What a reader searches by; it stays whatever else goes. */
const KEPT = new Set(["level", "time", "event", "plugin", "method", "requestId", "jobId", "task"]);
/** Below this nothing is worth being written. */
const LEAST = 48;
const ELLIPSIS = "…";

const sizeOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value) ?? "");

/**
 * A line of JSON in at most so many bytes, still JSON with `shortened: true`: long texts lose their ends, lists and
 * objects what comes last. Give it no secret: half of one would not be known again.
 */
export function shortenLine(line: string, limit: number): string {
  // Of a character there are at most three bytes.
  if (line.length * 3 <= limit || Buffer.byteLength(line) <= limit) return line;
  const end = line.endsWith("\n") ? "\n" : "";
  const fields = parseLine(line);
  const short: Record<string, unknown> = {};
  let room = limit - sizeOf({ shortened: true }) - 2;
  const take = (name: string, budget: number): void => {
    const value = fitted(fields[name], budget);
    short[name] = value;
    room -= sizeOf(name) + sizeOf(value) + 2;
  };
  const kept = Object.keys(fields).filter((name) => KEPT.has(name));
  for (const name of kept) take(name, limit / 16);
  if ("msg" in fields) take("msg", limit / 4);
  for (const name of Object.keys(fields)) {
    if (name in short || name === "__proto__") continue;
    const left = room - sizeOf(name) - 2;
    if (left < LEAST) continue;
    // Half of what is left, so that one does not push out all that follow.
    take(name, Math.max(left / 2, LEAST));
  }
  return `${JSON.stringify({ ...short, shortened: true })}${end}`;
}

/** A value whose JSON takes no more than so many bytes. */
function fitted(value: unknown, budget: number): unknown {
  if (typeof value === "string") return fitText(value, budget);
  if (typeof value !== "object" || value === null) return value;
  if (budget < LEAST) return ELLIPSIS;
  if (sizeOf(value) <= budget) return value;
  return Array.isArray(value) ? fitList(value, budget) : fitObject(value, budget);
}

function fitText(text: string, budget: number): string {
  // A character takes one byte at least: more than these cannot fit.
  if (text.length <= budget && sizeOf(text) <= budget) return text;
  let kept = text.slice(0, Math.max(0, Math.floor(budget) - 5));
  for (let size = sizeOf(kept); size > budget - 5 && kept !== ""; size = sizeOf(kept))
    kept = kept.slice(0, Math.floor((kept.length * Math.max(0, budget - 5)) / size));
  // Half a pair is no character.
  if (/[\uD800-\uDBFF]$/.test(kept)) kept = kept.slice(0, -1);
  return `${kept}${ELLIPSIS}`;
}

function fitList(list: readonly unknown[], budget: number): unknown[] {
  const short: unknown[] = [];
  let room = budget - 2;
  for (const value of list) {
    if (room < LEAST) break;
    const fitting = fitted(value, Math.max(room / 2, LEAST) - 1);
    short.push(fitting);
    room -= sizeOf(fitting) + 1;
  }
  return [...short, ELLIPSIS];
}

function fitObject(object: object, budget: number): Record<string, unknown> {
  const short: Record<string, unknown> = {};
  let room = budget - 12;
  for (const [name, value] of Object.entries(object)) {
    const left = room - sizeOf(name) - 2;
    if (left < LEAST || name === "__proto__") continue;
    short[name] = fitted(value, Math.max(left / 2, LEAST));
    room -= sizeOf(name) + sizeOf(short[name]) + 2;
  }
  return { ...short, [ELLIPSIS]: true };
}

function parseLine(line: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    // A plugin's serializer may write what is not JSON; its beginning is always ours.
    const [, level, time] = /^\{"level":"(\w+)","time":"([^"]+)"/.exec(line) ?? [];
    return { ...(level === undefined ? {} : { level, time }), msg: line };
  }
}
