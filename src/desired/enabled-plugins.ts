import { isMapping } from "../mapping.ts";
import { namesOfNone } from "../plugins/enabled.ts";
import type { PluginSet } from "../plugins/plugin-set.ts";
import { withMeant } from "../suggest.ts";
import { type RootProperty, Unfit } from "./root.ts";

const BUILT_IN = "hubhand";
/** The hub takes 4 KiB for a text of a twin. */
const MOST_TOLD = 10;

/** Which plugins run, by name, over what the configuration disables. */
export type EnabledPlugins = Readonly<Record<string, boolean>>;

/**
 * A name that no plugin of this device has is told, and refuses nothing: one map may be for a whole fleet.
 * @param initial what the plugin set begins with
 */
export function enabledPluginsProperty(
  plugins: () => Pick<PluginSet, "enable" | "names">,
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
      if (!sameNames(wanted, current())) await plugins().enable(wanted);
      enabled = wanted;
      const known = plugins().names();
      const lacking = known === undefined ? [] : namesOfNone(Object.keys(wanted), known);
      return lacking.length === 0 ? undefined : { status: 200, description: tellLacking(lacking, known) };
    },
    current,
  };
}

function tellLacking(names: readonly string[], known: readonly string[] = []): string {
  const told = names.slice(0, MOST_TOLD).map((name) => withMeant(name, known, JSON.stringify(name)));
  const more = names.length > MOST_TOLD ? ` and ${names.length - MOST_TOLD} more` : "";
  return `this device has no plugin ${told.join(", ")}${more}`;
}

/** @throws Unfit */
export function readEnabled(value: unknown): EnabledPlugins {
  const expected = 'expected names of plugins with true or false, like {"camera": false}';
  if (!isMapping(value)) throw new Unfit(expected);
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
