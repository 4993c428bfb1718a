import type { Logger } from "pino";
import { READ_ONLY } from "../twin/writable.ts";

/** What a DTDL name may not hold: it is letters, digits and `_`, begins with a letter and does not end with `_` (DTDL v3). */
const NOT_ALLOWED = /[^A-Za-z0-9_]/g;

/** What stands at the root of the twin beside the components: of what is desired, and of what is reported. */
const ROOT_NAMES = ["logLevel", "heartbeatInterval", "enabledPlugins", "tasks", ...READ_ONLY];

/** How a plugin is called in the twin and in models: `-` and `.` become `_`. */
export function twinNameOf(plugin: string): string {
  const name = plugin.replace(NOT_ALLOWED, "_").replace(/_+$/, "");
  return /^[A-Za-z]/.test(name) ? name : `p${name}`;
}

/** Which plugin is meant by a name in the twin. */
export interface TwinNames {
  /** The name of a plugin's component; undefined for one that cannot be reached, which is told once. */
  componentOf(plugin: string): string | undefined;
}

/** Of two plugins with one name in the twin, the first that is asked for has it as long as the agent runs. */
export function createTwinNames(logger: Logger): TwinNames {
  const owners = new Map<string, string>(ROOT_NAMES.map((name) => [name, ""]));
  const told = new Set<string>();
  return {
    componentOf(plugin) {
      const name = twinNameOf(plugin);
      const owner = owners.get(name) ?? plugin;
      owners.set(name, owner);
      if (owner === plugin) return name;
      if (!told.has(plugin)) {
        told.add(plugin);
        const whose = owner === "" ? "the device itself" : `plugin "${owner}"`;
        logger.warn(
          { plugin, component: name },
          `the twin cannot change the settings of plugin "${plugin}": "${name}" is of ${whose} there. Rename the plugin`,
        );
      }
      return undefined;
    },
  };
}
