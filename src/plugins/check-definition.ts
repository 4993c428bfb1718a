import { MEBIBYTE, parseSize, printSize } from "../sizes.ts";
import { invalidPlugin, ruleFault, schemaFault } from "./check-outline.ts";
import type { PluginDefinition } from "./define-plugin.ts";
import { definitionFits } from "./definition-fits.ts";

/** Less would be over at once, with nothing but an import of something useful. */
const LEAST_MEMORY = 4 * MEBIBYTE;

/** Checks that what a plugin's author wrote is a plugin; the message of the error is for that author. */
export interface DefinitionChecker {
  /** @throws HubhandError PLUGIN_INVALID naming the place and what was expected there */
  check(candidate: unknown): asserts candidate is PluginDefinition;
}

export function createDefinitionChecker(): DefinitionChecker {
  const fits = definitionFits();

  return {
    check(candidate) {
      if (candidate === undefined)
        throw invalidPlugin('has no default export; expected "export default definePlugin({ … })"');
      const fault = fits(candidate)
        ? ruleFault(candidate as PluginDefinition)
        : schemaFault(fits.errors ?? []);
      if (fault !== undefined) throw invalidPlugin(fault.message);
      const { memoryLimit } = candidate as PluginDefinition;
      if (memoryLimit !== undefined && !((parseSize(memoryLimit) ?? 0) >= LEAST_MEMORY)) {
        const expected = `expected a size from ${printSize(LEAST_MEMORY)}, like "64MiB"`;
        throw invalidPlugin(`memoryLimit is ${JSON.stringify(memoryLimit)}; ${expected}`);
      }
    },
  };
}
