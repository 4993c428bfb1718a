import { createDefinitionChecker, type DefinitionChecker } from "./check-definition.ts";
import { invalidPlugin, PLUGIN_NAME } from "./check-outline.ts";
import type { PluginDefinition } from "./define-plugin.ts";
import { createSettingsChecker } from "./settings.ts";

/** What a definition says, with what the configuration gives it. */
export interface CheckedModule {
  readonly definition: PluginDefinition;
  readonly name: string;
  readonly settings: Record<string, unknown>;
}

/**
 * Makes a function that checks the default export of a module and finds its settings.
 * It throws HubhandError PLUGIN_INVALID: what is no plugin, a name that is none, settings that do not fit.
 * @param settings `plugins.settings` of the configuration
 */
export function createModuleChecker(
  settings: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
): (definition: unknown, fileName: string) => CheckedModule {
  const checker: DefinitionChecker = createDefinitionChecker();
  const checkSettings = createSettingsChecker();
  return (definition, fileName) => {
    checker.check(definition);
    const name = nameOf(definition.name ?? fileName);
    const given = Object.hasOwn(settings, name) ? (settings[name] ?? {}) : {};
    return {
      definition,
      name,
      settings: checkSettings({ plugin: name, given, schema: definition.settings }),
    };
  };
}

/** @throws HubhandError PLUGIN_INVALID for a name that could not stand in a configuration or a metric */
export function nameOf(name: string): string {
  if (!PLUGIN_NAME.test(name))
    throw invalidPlugin(`"${name}" is no name for a plugin; expected letters, digits, ".", "_" and "-"`);
  return name;
}
