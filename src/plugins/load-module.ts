import { pathToFileURL } from "node:url";
import type { Logger } from "pino";
import { HubhandError } from "../errors.ts";
import { createDefinitionChecker, type DefinitionChecker } from "./check-definition.ts";
import { PLUGIN_NAME } from "./check-outline.ts";
import type { Candidate } from "./discovery.ts";
import type { MethodDefaults } from "./hosts/assemble.ts";
import { hostInProcess } from "./hosts/in-process.ts";
import { importProblem } from "./import-problem.ts";
import type { Plugin } from "./plugin.ts";
import { createSettingsChecker } from "./settings.ts";

export interface LoadModuleOptions {
  /** `plugins.settings` of the configuration. */
  readonly settings: Readonly<Record<string, Record<string, unknown>>>;
  readonly defaults: MethodDefaults;
  readonly logger: Logger;
}

/**
 * Makes a function that turns a file into a plugin.
 * It rejects with HubhandError PLUGIN_INVALID: the file threw, is no plugin, or its settings do not fit.
 */
export function createModuleLoader(options: LoadModuleOptions): (candidate: Candidate) => Promise<Plugin> {
  const { settings, defaults, logger } = options;
  const checker: DefinitionChecker = createDefinitionChecker();
  const checkSettings = createSettingsChecker();
  /** How often each file was imported: Node keeps what it has imported once, under its whole URL. */
  const versions = new Map<string, number>();
  return async ({ name: fileName, file }) => {
    const version = (versions.get(file) ?? 0) + 1;
    versions.set(file, version);
    const definition = await importDefault(file, version);
    checker.check(definition);
    const name = definition.name ?? fileName;
    if (!PLUGIN_NAME.test(name)) {
      const message = `"${name}" is no name for a plugin; expected letters, digits, ".", "_" and "-"`;
      throw new HubhandError("PLUGIN_INVALID", message);
    }
    const given = Object.hasOwn(settings, name) ? (settings[name] ?? {}) : {};
    return hostInProcess({
      definition,
      name,
      kind: "module",
      settings: checkSettings({ plugin: name, given, schema: definition.settings }),
      defaults,
      logger,
    });
  };
}

async function importDefault(file: string, version: number): Promise<unknown> {
  const { href } = pathToFileURL(file);
  try {
    const namespace = (await import(version === 1 ? href : `${href}?version=${version}`)) as {
      default?: unknown;
    };
    return namespace.default;
  } catch (error) {
    throw new HubhandError("PLUGIN_INVALID", await importProblem(file, error), { cause: error });
  }
}
