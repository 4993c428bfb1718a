import { HubError } from "../hub-error.ts";
import { isObject } from "../twins/json.ts";
import type { JsonObject, JsonValue } from "../twins/twins.ts";
import { COMPONENT_MARK, isComponent, namesIn } from "./conventions.ts";

/** Names as DTDL has them (learn.microsoft.com, "Manage IoT Plug and Play digital twins"). */
const NAME = /^[A-Za-z](?:[A-Za-z0-9_]{0,62}[A-Za-z0-9])?$/;
/** How deep a property's value may be. */
const DEEPEST = 5;

type Operation =
  | { op: "add" | "replace"; path: string[]; value: JsonValue }
  | { op: "remove"; path: string[] };

/**
 * The patch of a twin's desired properties that does what a JSON Patch of its digital twin asks (learn.microsoft.com,
 * "Manage IoT Plug and Play digital twins"): `add` and `replace` both set what is desired, `remove` clears it if it is
 * there; a component's value has an empty `$metadata`, and takes the place of all that was desired of it.
 *
 * @throws HubError InvalidDigitalTwinJsonPatch, InvalidDigitalTwinPatchPath, InvalidDigitalTwinPayload, ArgumentInvalid
 */
export function desiredPatchOf(
  patch: unknown,
  twin: { desired: JsonObject; reported: JsonObject },
): JsonObject {
  if (!Array.isArray(patch))
    throw new HubError("InvalidDigitalTwinJsonPatch", "the body is not a JSON Patch");
  const touched = new Map<string, JsonValue | undefined>();
  for (const operation of patch.map(readOperation)) {
    const [name = "", inner] = operation.path;
    const now = touched.has(name) ? touched.get(name) : twin.desired[name];
    const known = isComponent(now) || isComponent(twin.reported[name]);
    if (inner === undefined) touched.set(name, changed(operation, { name, isComponent: known }));
    else touched.set(name, changedWithin(operation, { name, inner, now, reported: twin.reported[name] }));
  }
  return Object.fromEntries(
    [...touched].map(([name, value]) => [
      name,
      value === undefined ? null : overwrite(twin.desired[name], value),
    ]),
  );
}

/** What becomes of a property, or of a component as a whole; undefined if it goes. */
function changed(
  operation: Operation,
  { name, isComponent: known }: { name: string; isComponent: boolean },
): JsonValue | undefined {
  if (operation.op === "remove") return undefined;
  const { value } = operation;
  if (!isObject(value) || !Object.hasOwn(value, "$metadata")) {
    if (known) {
      throw new HubError("InvalidDigitalTwinPayload", `the component ${name} needs an empty $metadata`);
    }
    checkValue(value, 1);
    return value;
  }
  const { $metadata, ...properties } = value;
  if (!isObject($metadata) || Object.keys($metadata).length > 0) {
    throw new HubError("InvalidDigitalTwinPayload", `$metadata of ${name} is not an empty object`);
  }
  for (const [inner, innerValue] of Object.entries(properties)) {
    checkName(inner, "InvalidDigitalTwinPayload");
    checkValue(innerValue, 1);
  }
  return { [COMPONENT_MARK]: "c", ...properties };
}

/** What becomes of a component of which one property changes; undefined if none is left. */
function changedWithin(
  operation: Operation,
  options: { name: string; inner: string; now: JsonValue | undefined; reported: JsonValue | undefined },
): JsonValue | undefined {
  const { name, inner, now, reported } = options;
  const plain = [now, reported].some((part) => part !== undefined && !isComponent(part));
  if (plain) {
    const advice = "exists within the device twin and is not digital twin conformant property";
    throw new HubError("ArgumentInvalid", `'${name}' ${advice}`);
  }
  const { [inner]: _old, ...rest } = isObject(now) ? now : {};
  if (operation.op === "remove") return namesIn(rest).length === 0 ? undefined : rest;
  checkValue(operation.value, 1);
  return { [COMPONENT_MARK]: "c", ...rest, [inner]: operation.value };
}

/** The merge patch that puts `value` in the place of `old`: a merge alone would leave what the new one has not. */
export function overwrite(old: JsonValue | undefined, value: JsonValue): JsonValue {
  if (!isObject(old) || !isObject(value)) return value;
  const gone = Object.keys(old).filter((name) => !Object.hasOwn(value, name));
  return {
    ...Object.fromEntries(gone.map((name) => [name, null])),
    ...Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, overwrite(old[name], inner)])),
  };
}

function readOperation(operation: unknown): Operation {
  const { op, path, value } = isObject(operation) ? operation : ({} as JsonObject);
  if (op !== "add" && op !== "replace" && op !== "remove") {
    throw new HubError("InvalidDigitalTwinJsonPatch", "an operation is add, replace or remove");
  }
  const parts = readPath(path);
  if (op === "remove") return { op, path: parts };
  if (value === undefined) throw new HubError("InvalidDigitalTwinJsonPatch", `${op} needs a value`);
  return { op, path: parts, value };
}

function readPath(path: unknown): string[] {
  const [root, ...names] = typeof path === "string" ? path.split("/") : [];
  if (root !== "" || names.length === 0 || names.length > 2) {
    throw new HubError(
      "InvalidDigitalTwinPatchPath",
      "a path is /property, /component or /component/property",
    );
  }
  for (const name of names) checkName(name, "InvalidDigitalTwinPatchPath");
  return names;
}

function checkName(name: string, code: "InvalidDigitalTwinPatchPath" | "InvalidDigitalTwinPayload"): void {
  if (!NAME.test(name)) throw new HubError(code, `${JSON.stringify(name.slice(0, 64))} is not a DTDL name`);
}

/** Neither null nor lists, no names but DTDL's, five levels at most. */
function checkValue(value: JsonValue, depth: number): void {
  if (value === null || Array.isArray(value)) {
    throw new HubError("InvalidDigitalTwinPayload", "a property is neither null nor a list");
  }
  if (!isObject(value)) return;
  if (depth > DEEPEST) throw new HubError("InvalidDigitalTwinPayload", `more than ${DEEPEST} levels`);
  for (const [name, inner] of Object.entries(value)) {
    checkName(name, "InvalidDigitalTwinPayload");
    checkValue(inner, depth + 1);
  }
}
