import { createDefinitionChecker, type DefinitionChecker } from "./check-definition.ts";
import { invalidPlugin, PLUGIN_NAME } from "./check-outline.ts";
import type { PluginDefinition } from "./define-plugin.ts";
import type { SettingsBook } from "./settings-book.ts";

/** What a definition says, with the settings that it gets. */
export interface CheckedModule {
  readonly definition: PluginDefinition;
  readonly name: string;
  readonly settings: Record<string, unknown>;
}

/**
 * Makes a function that checks the default export of a module and finds its settings.
 * It throws HubhandError PLUGIN_INVALID: what is no plugin, a name that is none, settings that do not fit.
 */
export function createModuleChecker(
  settingsFor: SettingsBook["settingsFor"],
): (definition: unknown, fileName: string) => CheckedModule {
  const checker: DefinitionChecker = createDefinitionChecker();
  return (definition, fileName) => {
    checker.check(definition);
    const name = nameOf(definition.name ?? fileName);
    return { definition, name, settings: settingsFor(name, definition.settings) };
  };
}

/** @throws HubhandError PLUGIN_INVALID for a name that could not stand in a configuration or a metric */
export function nameOf(name: string): string {
  if (!PLUGIN_NAME.test(name))
    throw invalidPlugin(`"${name}" is no name for a plugin; expected letters, digits, ".", "_" and "-"`);
  return name;
}
