import { HubhandError } from "../errors.ts";
import type { PluginSet } from "../plugins/plugin-set.ts";
import { type RootProperty, Unfit } from "./root.ts";

const BUILT_IN = "hubhand";

/** Which plugins run, by name, over what the configuration disables. */
export type EnabledPlugins = Readonly<Record<string, boolean>>;

/** @param initial what the plugin set begins with */
export function enabledPluginsProperty(
  plugins: () => Pick<PluginSet, "enable">,
  initial: () => EnabledPlugins,
): RootProperty {
  let enabled: EnabledPlugins | undefined;
  const current = (): EnabledPlugins => {
    enabled ??= initial();
    return enabled;
  };
  return {
    async apply(value = {}) {
      const wanted = readEnabled(value);
      if (sameNames(wanted, current())) return undefined;
      try {
        await plugins().enable(wanted);
      } catch (error) {
        if (!(error instanceof HubhandError && error.code === "PLUGIN_UNKNOWN")) throw error;
        const { plugins: known } = error.details as { plugins: readonly string[] };
        throw new Unfit(`${error.message}; there are ${known.join(", ")}`);
      }
      enabled = wanted;
      return undefined;
    },
    current,
  };
}

/** @throws Unfit */
export function readEnabled(value: unknown): EnabledPlugins {
  const expected = 'expected names of plugins with true or false, like {"camera": false}';
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Unfit(expected);
  const wrong = Object.entries(value).find(([, is]) => typeof is !== "boolean");
  if (wrong !== undefined)
    throw new Unfit(`${JSON.stringify(wrong[0])} is neither true nor false; ${expected}`);
  if ((value as EnabledPlugins)[BUILT_IN] === false)
    throw new Unfit(`"${BUILT_IN}" is hubhand itself, which cannot be disabled`);
  return value as EnabledPlugins;
}

const sameNames = (one: EnabledPlugins, other: EnabledPlugins): boolean =>
  Object.keys(one).length === Object.keys(other).length &&
  Object.entries(one).every(([name, is]) => Object.hasOwn(other, name) && other[name] === is);
