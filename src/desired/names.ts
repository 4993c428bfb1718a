import type { Logger } from "../events/logger.ts";
import { modelNameOf } from "../rules/model-name.ts";
import { READ_ONLY } from "../twin/writable.ts";

/** What the twin changes of the device itself. */
const WRITABLE = ["logLevel", "heartbeatInterval", "enabledPlugins", "tasks"] as const;
export type WritableName = (typeof WRITABLE)[number];

/** What stands at the root of the twin beside the components: of what is desired, and of what is reported. */
const ROOT_NAMES = [...WRITABLE, ...READ_ONLY];

/** Which plugin is meant by a name in the twin. */
export interface TwinNames {
  /** The name of a plugin's component; undefined for one that cannot be reached, which is told once. */
  componentOf(plugin: string): string | undefined;
  /** Keeps the name for a plugin that may come. */
  reserve(plugin: string): void;
}

/**
 * Of two plugins with one name in the twin, the first that is asked or reserved for has it as long as the agent runs.
 */
export function createTwinNames(logger: Logger): TwinNames {
  const owners = new Map<string, string>(ROOT_NAMES.map((name) => [name, ""]));
  const told = new Set<string>();
  const ownerOf = (name: string, plugin: string): string => {
    const owner = owners.get(name) ?? plugin;
    owners.set(name, owner);
    return owner;
  };
  return {
    reserve: (plugin) => void ownerOf(modelNameOf(plugin), plugin),
    componentOf(plugin) {
      const name = modelNameOf(plugin);
      const owner = ownerOf(name, plugin);
      if (owner === plugin) return name;
      if (!told.has(plugin)) {
        told.add(plugin);
        const whose = owner === "" ? "the device itself" : `plugin "${owner}"`;
        logger.warn(
          { event: "twin.settings-unreachable", plugin, component: name },
          `the twin cannot change the settings of plugin "${plugin}": "${name}" is of ${whose} there. Rename the plugin`,
        );
      }
      return undefined;
    },
  };
}
