import { closest } from "../../suggest.ts";
import { HubError } from "../hub-error.ts";
import { type Fault, type FaultKind, KINDS } from "./kinds.ts";

/**
 * Reads what a person wrote as a fault: all that is wrong with it is told, with what would be right.
 *
 * @throws HubError ArgumentInvalid
 */
export function readFault(written: unknown): Fault {
  if (typeof written !== "object" || written === null || Array.isArray(written)) {
    throw invalid("a fault is an object with a kind");
  }
  const entries = Object.entries(written).filter(([, value]) => value !== undefined);
  const fields = new Map<string, unknown>(entries);
  const kind = readKind(fields.get("kind"));
  fields.delete("kind");

  const { fields: known, required = [] } = KINDS[kind];
  const read: Record<string, unknown> = { kind };
  for (const [name, value] of fields) {
    const field = Object.hasOwn(known, name) ? known[name] : undefined;
    if (field === undefined) {
      const names = Object.keys(known);
      throw invalid(`${kind} knows no ${quoted(name)}${meant(name, names)}; it knows ${names.join(", ")}`);
    }
    const result = field(value);
    if ("must" in result) throw invalid(`${name} of ${kind} must ${result.must}; it is ${quoted(value)}`);
    read[name] = result.value;
  }
  for (const name of required) {
    if (!fields.has(name)) throw invalid(`${kind} needs ${quoted(name)}`);
  }
  const fault = read as unknown as Fault;
  const contradiction = contradictionIn(fault);
  if (contradiction !== undefined) throw invalid(contradiction);
  return fault;
}

function readKind(written: unknown): FaultKind {
  const kinds = Object.keys(KINDS);
  if (typeof written === "string" && kinds.includes(written)) return written as FaultKind;
  const what = written === undefined ? "a fault needs a kind" : `there is no fault ${quoted(written)}`;
  const guess = typeof written === "string" ? meant(written, kinds) : "";
  throw invalid(`${what}${guess}; the kinds are ${kinds.join(", ")}`);
}

/** What is right by itself, and together means nothing: it would never strike, and nobody would know why. */
function contradictionIn(fault: Fault): string | undefined {
  const { kind, at, when, direction } = fault;
  const ofRest = at === "rest-request" || at === "rest-answer";
  if (fault.moduleId !== undefined && fault.deviceId === undefined) {
    return "a moduleId needs the deviceId of its device";
  }
  if (when === "middle" && at !== "rest-answer") return 'only a "rest-answer" has a middle';
  if (ofRest && direction !== undefined) return "direction is of MQTT packets, not of the REST API";
  if (at !== undefined && !ofRest && (fault.method !== undefined || fault.path !== undefined)) {
    return "method and path are of the REST API, not of MQTT packets";
  }
  if (at === "rest-request" && when === "after")
    return 'what comes after a "rest-request" is its "rest-answer"';
  if (fault.seed !== undefined && kind !== "brown-out" && fault.probability === undefined) {
    return "a seed is for a probability";
  }
  return undefined;
}

function meant(written: string, known: readonly string[]): string {
  const guess = closest(written, known);
  return guess === undefined ? "" : `: did you mean ${quoted(guess)}?`;
}

function quoted(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

function invalid(message: string): HubError {
  return new HubError("ArgumentInvalid", message);
}
