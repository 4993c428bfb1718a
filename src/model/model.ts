import { LONGEST_MODEL_ID } from "../rules/model-id.ts";
import { modelNameOf } from "../rules/model-name.ts";
import { described, type Interface, type Named } from "./dtdl.ts";
import { type InterfaceWriter, interfaceWriter } from "./interface.ts";
import { isPart, type Part } from "./json-schema.ts";
import type { SayOptions } from "./schema.ts";
import { Unsayable } from "./unsayable.ts";

/** A method, as far as a model tells of it. */
export interface ModelMethod {
  readonly name: string;
  readonly description?: string | undefined;
  /** JSON Schema of the payload; without it there is none. */
  readonly schema?: unknown;
  readonly replySchema?: unknown;
}

/** What there is to tell of the device itself, or of one plugin. Each is a JSON Schema of an object with all of them. */
export interface ModelPart {
  readonly description?: string | undefined;
  /** Properties that the twin changes. */
  readonly writable?: unknown;
  /** Properties that the device reports. */
  readonly readOnly?: unknown;
  /** What its messages tell. */
  readonly telemetry?: unknown;
  readonly methods?: readonly ModelMethod[];
}

export interface ModelPlugin extends ModelPart {
  readonly name: string;
}

export interface ModelOptions {
  /** The id of the device's model; those of plugins are below it. `modelIdProblem` knows nothing bad of it. */
  readonly modelId: string;
  readonly displayName: string;
  readonly device: ModelPart;
  readonly plugins: readonly ModelPlugin[];
}

export interface Model {
  /** The device's interface first. */
  readonly interfaces: readonly Interface[];
  readonly notes: readonly Note[];
}

/** What DTDL cannot say, for a person. */
export interface Note {
  /** Whose it is; undefined for the device itself. */
  readonly plugin: string | undefined;
  readonly text: string;
}

const WRITABLE: SayOptions = { arrays: false, given: true };
const READ_ONLY: SayOptions = { arrays: false, given: false };
const TELEMETRY: SayOptions = { arrays: true, given: false };
const REQUEST: SayOptions = { arrays: true, given: true };
const RESPONSE: SayOptions = { arrays: true, given: false };

/**
 * The Plug and Play model of a device, in DTDL v2: an interface of its own, and one for each plugin, which is a component of
 * it. What DTDL cannot say is left out, and told. The same device has the same model, whatever the order of its plugins.
 */
export function modelOf({ modelId, displayName, device, plugins }: ModelOptions): Model {
  const [path, version] = modelId.split(";");
  const root = interfaceWriter({ id: modelId, displayName, description: device.description });
  addContents(root, device);
  const notes: Note[] = root.notes.map((text) => ({ plugin: undefined, text }));
  const interfaces: Interface[] = [];
  // One that has the name itself goes before one that has it by what became of its signs.
  for (const plugin of byName(plugins)) {
    const { name, description } = plugin;
    const label = `plugin "${name}"`;
    const component = modelNameOf(name);
    const before = root.notes.length;
    root.add(label, component, () => {
      const id = `${path}:${component};${version}`;
      if (id.length > LONGEST_MODEL_ID)
        throw new Unsayable(`its interface's id would have more than ${LONGEST_MODEL_ID} characters`);
      const writer = interfaceWriter({ id, displayName: name, description });
      addContents(writer, plugin);
      notes.push(...writer.notes.map((text) => ({ plugin: name, text: `${label}: ${text}` })));
      interfaces.push(writer.finish());
      const texts = described({ displayName: name, description });
      return { "@type": "Component", name: component, schema: id, ...texts };
    });
    notes.push(...root.notes.slice(before).map((text) => ({ plugin: name, text })));
  }
  return { interfaces: [root.finish(), ...interfaces], notes };
}

function addContents(
  writer: InterfaceWriter,
  { writable, readOnly, telemetry, methods = [] }: ModelPart,
): void {
  writer.addEach("setting", writable, WRITABLE, (named) => ({
    "@type": "Property",
    ...named,
    writable: true,
  }));
  writer.addEach("property", readOnly, READ_ONLY, (named) => ({ "@type": "Property", ...named }));
  writer.addEach("telemetry", telemetry, TELEMETRY, (named) => ({ "@type": "Telemetry", ...named }));
  for (const method of byName(methods)) addCommand(writer, method);
}

/** A method is a command whose name has `_` for `.` and `-`; as such it is called. */
function addCommand(writer: InterfaceWriter, { name, description, schema, replySchema }: ModelMethod): void {
  const label = `method "${name}"`;
  const command = modelNameOf(name);
  writer.add(label, command, () => {
    const request = requestOf(writer, label, schema);
    const response = responseOf(writer, label, replySchema);
    return {
      "@type": "Command",
      name: command,
      ...described({ displayName: name === command ? undefined : name, description }),
      ...(request === undefined ? {} : { request }),
      ...(response === undefined ? {} : { response }),
    };
  });
}

/** @throws Unsayable if it cannot be said, and must be given */
function requestOf(writer: InterfaceWriter, label: string, schema: unknown): Named | undefined {
  if (!isPart(schema) || takesNothing(schema)) return undefined;
  try {
    return writer.named(label, "payload", schema, REQUEST);
  } catch (error) {
    if (!(error instanceof Unsayable) || !mayBeNull(schema)) throw error;
    // Who calls can do without.
    writer.leaveOut(`the payload of ${label}`, error.message);
    return undefined;
  }
}

const typesOf = ({ type }: Part): readonly unknown[] => (Array.isArray(type) ? type : [type]);

/** A call without payload has null for one. */
function takesNothing(schema: Part): boolean {
  const types = typesOf(schema);
  if (!types.includes("null")) return false;
  const { properties = {} } = schema;
  const isEmpty = isPart(properties) && Object.keys(properties).length === 0;
  return types.every((type) => type === "null" || (type === "object" && isEmpty));
}

/** Keywords that null may not fit. */
const DEMANDING = ["type", "enum", "const", "$ref", "anyOf", "oneOf", "allOf", "not", "if"];

const mayBeNull = (schema: Part): boolean =>
  typesOf(schema).includes("null") || DEMANDING.every((keyword) => !Object.hasOwn(schema, keyword));

/** Who calls can do without knowing what comes back. */
function responseOf(writer: InterfaceWriter, label: string, schema: unknown): Named | undefined {
  if (schema === undefined || (isPart(schema) && schema.type === "null")) return undefined;
  try {
    return writer.named(`the reply of ${label}`, "reply", schema, RESPONSE);
  } catch (error) {
    if (!(error instanceof Unsayable)) throw error;
    writer.leaveOut(`the reply of ${label}`, error.message);
    return undefined;
  }
}

function byName<T extends { readonly name: string }>(named: readonly T[]): readonly T[] {
  const isOwn = ({ name }: T): boolean => modelNameOf(name) === name;
  return named.toSorted((a, b) => Number(isOwn(b)) - Number(isOwn(a)) || (a.name < b.name ? -1 : 1));
}
