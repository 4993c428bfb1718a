import path from "node:path";
import type { ValidateFunction } from "ajv/dist/2020.js";
import { type Document, isMap, isScalar } from "yaml";
import { messageOf } from "../../errors.ts";
import { readRegularFile } from "../../files/regular-file.ts";
import { whyUnreadable } from "../../files/unreadable.ts";
import { mapValues } from "../../map-values.ts";
import { KIBIBYTE } from "../../sizes.ts";
import { parseYaml, type TextPlace } from "../../yaml/text.ts";
import { invalidPlugin, ruleFault, schemaFault } from "../check-outline.ts";
import type { MessageOutline, MethodOutline, PluginOutline, TaskOutline } from "../outline.ts";
import type { Declaration } from "./declaration.ts";
import { declarationFits } from "./declaration-fits.ts";
import { findProgram } from "./find-program.ts";
import { declarationFault } from "./rules.ts";
import type { WrittenDeclaration } from "./shape.ts";

/** A declaration of this size is none; and while it is parsed, which takes milliseconds a KiB, nobody is answered. */
const MOST_BYTES = 32 * KIBIBYTE;
/** YAML's aliases can say much with little: so many copies are more than anybody writes. */
const MOST_ALIASES = 100;

export interface ReadDeclarationOptions {
  /** What the plugin is called if the file does not say. */
  readonly name: string;
  /** The agent's PATH. */
  readonly searchPath: string;
}

/** Reads a declaration. Rejects with PLUGIN_INVALID: file, line and column, what is wrong there, what was expected. */
export type ReadDeclaration = (file: string, options: ReadDeclarationOptions) => Promise<Declaration>;

/**
 * Makes what reads a `name.plugin.yaml`: what a plugin that is no module says of itself, and how it is run or asked.
 * The schema of declarations, slow to compile on a small device, is compiled once.
 */
export function createDeclarationReader(): ReadDeclaration {
  const fits = declarationFits();
  return async (file, options) => declarationOf(await parseFile(file, fits), file, options);
}

async function declarationOf(
  { written, textAt, at }: ParsedFile,
  file: string,
  options: ReadDeclarationOptions,
): Promise<Declaration> {
  const { name = options.name, version, description, settings, telemetry, messages } = written;
  const outline: PluginOutline = {
    ...(version === undefined ? {} : { version: textAt("version") }),
    ...(description === undefined ? {} : { description }),
    ...(settings === undefined ? {} : { settings }),
    ...(telemetry === undefined ? {} : { telemetry }),
    methods: mapValues(written.methods ?? {}, (method) => (method ?? {}) as MethodOutline),
    ...(messages === undefined
      ? {}
      : { messages: mapValues(messages, (handler) => (handler ?? {}) as MessageOutline) }),
    tasks: (written.tasks ?? {}) as Record<string, TaskOutline>,
  };
  const { command, url, mode = "executable", user, group } = written;
  const textsIn = (key: "environment" | "headers"): Record<string, string> =>
    Object.fromEntries(Object.keys(written[key] ?? {}).map((each) => [each, textAt(key, each)]));
  if (url !== undefined) return { ...outline, name, kind: "http", url, headers: textsIn("headers") };
  const directory = path.dirname(file);
  const [program = "", ...rest] =
    typeof command === "string"
      ? [command.trim()]
      : (command ?? []).map((_, index) => textAt("command", index));
  const found = await findProgram(program, { directory, searchPath: options.searchPath }).catch(
    (error: unknown) => {
      throw invalidPlugin(`${at(["command"])}: ${messageOf(error)}`);
    },
  );
  return {
    ...outline,
    name,
    kind: mode,
    command: [found, ...rest],
    directory,
    environment: textsIn("environment"),
    ...(user === undefined ? {} : { user }),
    ...(group === undefined ? {} : { group }),
  };
}

/**
 * The words of a declaration's command, whatever else is wrong with it: the files that they name are no plugins of
 * their own. Never rejects.
 */
export async function commandIn(file: string): Promise<readonly string[]> {
  try {
    const { command } = (await parseYamlFile(file)).value as { command?: unknown };
    return [command].flat().filter((word) => typeof word === "string");
  } catch {
    return [];
  }
}

interface ParsedFile {
  readonly written: WrittenDeclaration;
  /** A value as its author wrote it: `1.10` stays so, and is not the number 1.1. */
  textAt(...steps: (string | number)[]): string;
  /** File, line and column, for messages. */
  at(steps: readonly string[]): string;
}

async function parseFile(file: string, fits: ValidateFunction): Promise<ParsedFile> {
  const { document, value, at } = await parseYamlFile(file);
  const written = value as WrittenDeclaration;
  const fault = fits(written)
    ? (ruleFault(written) ?? declarationFault(written))
    : schemaFault(fits.errors ?? []);
  if (fault !== undefined) throw invalidPlugin(`${at(fault.path)}: ${fault.message}`);
  return {
    written,
    at,
    textAt(...steps) {
      const node = document.getIn(steps, true);
      if (!isScalar(node)) return String(document.getIn(steps));
      return typeof node.value === "string" ? node.value : (node.source ?? String(node.value));
    },
  };
}

async function parseYamlFile(file: string) {
  const shown = path.basename(file);
  const text = await readRegularFile(file, { maxBytes: MOST_BYTES }).catch((error: unknown) => {
    throw invalidPlugin(`${shown}: ${whyUnreadable(error)}`);
  });
  const parsed = parseYaml(text);
  const placed = ({ line, col }: TextPlace): string => `${shown}:${line}:${col}`;
  if ("problem" in parsed) throw invalidPlugin(`${placed(parsed.place)}: not YAML: ${parsed.problem}`);
  const { document, placeOf } = parsed;
  if (!isMap(document.contents))
    throw invalidPlugin(`${shown}: it holds no mapping; expected keys such as command and methods`);
  const at = (steps: readonly string[]): string => placed(placeOf(offsetOf(document, steps)));
  return { document, value: plainValue(shown, document), at };
}

function plainValue(shown: string, document: Document.Parsed): unknown {
  try {
    const value: unknown = document.toJS({ maxAliasCount: MOST_ALIASES });
    JSON.stringify(value); // It throws if something contains itself.
    return value;
  } catch {
    throw invalidPlugin(
      `${shown}: its aliases (*name) say too much, or contain themselves; write the values out`,
    );
  }
}

/** Where the thing at fault begins; of one that is missing, what it is missing from. */
function offsetOf(document: Document.Parsed, steps: readonly string[]): number | undefined {
  for (let length = steps.length; length > 0; length -= 1) {
    const parent = document.getIn(steps.slice(0, length - 1), true) ?? document.contents;
    const last = steps[length - 1];
    if (!isMap(parent)) continue;
    const pair = parent.items.find(({ key }) => isScalar(key) && String(key.value) === last);
    if (pair !== undefined && isScalar(pair.key)) return pair.key.range?.[0];
  }
  return document.contents?.range[0];
}
