import { messageOf } from "../errors.ts";
import type { PluginSet } from "../plugins/plugin-set.ts";
import type { Writables } from "../twin/writable.ts";
import type { TwinNames } from "./names.ts";

export interface PluginWritablesOptions {
  readonly plugins: Pick<PluginSet, "changeSettings" | "status">;
  readonly names: TwinNames;
}

/** The settings of each plugin that there is now, as a component of the device. */
export function pluginWritables({ plugins, names }: PluginWritablesOptions): readonly Writables[] {
  return plugins
    .status()
    .filter(({ kind }) => kind !== "built-in")
    .flatMap(({ name }): Writables[] => {
      const component = names.componentOf(name);
      if (component === undefined) return [];
      return [
        {
          component,
          async apply(desired) {
            try {
              return await plugins.changeSettings(name, desired);
            } catch (error) {
              // It went away in this moment.
              const gone = { status: 404, description: messageOf(error), value: undefined } as const;
              return Object.fromEntries(Object.keys(desired).map((key) => [key, gone]));
            }
          },
        },
      ];
    });
}
