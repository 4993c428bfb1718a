import { isDeepStrictEqual } from "node:util";
import { HubhandError } from "../errors.ts";
import type { Logger } from "../events/logger.ts";
import type { JsonSchema } from "../methods/method.ts";
import { createFaultFinders, type FindFaults } from "./settings-faults.ts";
import {
  ConfigurationUnfit,
  configurationProblems,
  type Settings,
  type Settled,
  settle,
} from "./settle-settings.ts";

export interface SettingsBookOptions {
  /** `plugins.settings` of the configuration. */
  readonly configured: Readonly<Record<string, Settings>>;
  /** What goes over it, key by key, until something else is accepted. */
  desired?(plugin: string): Settings;
  /** Told of each text of a `writeOnly` setting, before a plugin gets it: its errors may quote it. */
  hide?(secret: string): void;
  readonly logger?: Logger;
}

/** Which settings each plugin has: those of the configuration, with what is desired over them. */
export interface SettingsBook {
  /**
   * Those for a plugin that is being loaded; a copy. What was desired and does not fit this schema is left out, and told.
   * @throws HubhandError PLUGIN_INVALID naming every key of the configuration that does not fit; values are not shown,
   * one may be a secret
   */
  settingsFor(plugin: string, schema: JsonSchema | undefined): Record<string, unknown>;
  /**
   * What would come of a wish, by the schema that the plugin had when it was loaded last.
   * @throws HubhandError PLUGIN_INVALID as above
   */
  propose(plugin: string, desired: Settings): Proposal;
  /** Makes it what the plugin has from now on, or has again. */
  accept(plugin: string, standing: Standing): void;
  /** What it has now. */
  current(plugin: string): Standing;
  /**
   * Whether the value of a setting is nobody's business: its schema says `writeOnly`, or it is of the configuration alone,
   * where it may be a secret.
   */
  isHidden(plugin: string, key: string): boolean;
}

export interface Proposal extends Settled {
  /** Its plugin must be told, or loaded: it has other settings than before. */
  readonly isNew: boolean;
}

export interface Standing {
  /** Undefined of one that never had any that fit. */
  readonly settings: Record<string, unknown> | undefined;
  /** What of them was desired. */
  readonly accepted: Settings;
  /** What was left out, and why. */
  readonly refused: ReadonlyMap<string, string>;
}

interface Entry extends Standing {
  readonly findFaults: FindFaults;
  /** Settings whose schema says that they are not to be told. */
  readonly writeOnly: ReadonlySet<string>;
}

const NOTHING_KNOWN: Omit<Entry, "accepted"> = {
  settings: undefined,
  refused: new Map(),
  findFaults: () => [],
  writeOnly: new Set(),
};

export function createSettingsBook(options: SettingsBookOptions): SettingsBook {
  const { configured, desired = () => ({}), hide = () => {}, logger } = options;
  const finderOf = createFaultFinders();
  const entries = new Map<string, Entry>();

  function entryOf(plugin: string): Entry {
    return entries.get(plugin) ?? { ...NOTHING_KNOWN, accepted: desired(plugin) };
  }

  const configuredOf = (plugin: string): Settings =>
    Object.hasOwn(configured, plugin) ? (configured[plugin] ?? {}) : {};

  function settled(plugin: string, wish: Settings, { accepted, findFaults, writeOnly }: Entry): Settled {
    for (const key of writeOnly)
      for (const source of [configuredOf(plugin), wish])
        if (Object.hasOwn(source, key)) textsIn(source[key]).forEach(hide);
    try {
      return settle({ configured: configuredOf(plugin), desired: wish, accepted, findFaults });
    } catch (error) {
      if (!(error instanceof ConfigurationUnfit)) throw error;
      const problems = configurationProblems(plugin, error.faults);
      throw new HubhandError("PLUGIN_INVALID", `the configuration does not fit it: ${problems}`);
    }
  }

  return {
    settingsFor(plugin, schema) {
      const { accepted: wish } = entryOf(plugin);
      const entry: Entry = {
        ...NOTHING_KNOWN,
        accepted: wish,
        findFaults: finderOf(schema),
        writeOnly: writeOnlyIn(schema),
      };
      entries.set(plugin, entry);
      // What does not fit has no value before it: it was the last that did.
      const result = settled(plugin, wish, { ...entry, accepted: {} });
      entries.set(plugin, { ...entry, ...result });
      if (result.refused.size > 0)
        logger?.warn(
          { event: "plugin.settings-left-out", plugin, refused: Object.fromEntries(result.refused) },
          `settings that were desired for plugin "${plugin}" do not fit it any more, and are left out`,
        );
      return structuredClone(result.settings);
    },
    propose(plugin, wish) {
      const entry = entryOf(plugin);
      const result = settled(plugin, wish, entry);
      // One that could not even be loaded would be broken by the same wish once more.
      const isNew =
        entry.settings === undefined
          ? !isDeepStrictEqual(result.accepted, entry.accepted)
          : !isDeepStrictEqual(result.settings, entry.settings);
      return { ...result, isNew };
    },
    accept(plugin, { accepted, settings, refused }) {
      entries.set(plugin, { ...entryOf(plugin), accepted, settings, refused });
    },
    current: entryOf,
    isHidden(plugin, key) {
      const { accepted, writeOnly } = entryOf(plugin);
      return (
        writeOnly.has(key) || (Object.hasOwn(configuredOf(plugin), key) && !Object.hasOwn(accepted, key))
      );
    },
  };
}

function textsIn(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

function writeOnlyIn(schema: JsonSchema | undefined): ReadonlySet<string> {
  const { properties = {} } = (typeof schema === "object" ? schema : {}) as { properties?: object };
  const marked = Object.entries(properties).filter(([, { writeOnly }]) => writeOnly === true);
  return new Set(marked.map(([key]) => key));
}
