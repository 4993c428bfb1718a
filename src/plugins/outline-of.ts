import { mapValues } from "../map-values.ts";
import type { MethodDefinition, PluginDefinition } from "./define-plugin.ts";
import type { PluginOutline } from "./outline.ts";

/** What a definition says, without the functions that do it. */
export function outlineOf({ methods = {}, tasks = {}, ...described }: PluginDefinition): PluginOutline {
  return {
    ...described,
    methods: mapValues(methods, (given) => {
      const { handler: _, ...outline } = methodDefinition(given);
      return outline;
    }),
    tasks: mapValues(tasks, ({ run: _, ...outline }) => outline),
  };
}

/** A method may be its handler alone. */
export const methodDefinition = (given: MethodDefinition | MethodDefinition["handler"]): MethodDefinition =>
  typeof given === "function" ? { handler: given } : given;
