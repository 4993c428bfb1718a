import { mapValues } from "../map-values.ts";
import type { MessageDefinition, MethodDefinition, PluginDefinition } from "./define-plugin.ts";
import type { PluginOutline } from "./outline.ts";

/** What a definition says, without the functions that do it. */
export function outlineOf({
  methods = {},
  tasks = {},
  messages = {},
  ...described
}: PluginDefinition): PluginOutline {
  return {
    ...described,
    methods: mapValues(methods, (given) => {
      const { handler: _, ...outline } = methodDefinition(given);
      return outline;
    }),
    tasks: mapValues(tasks, ({ run: _, ...outline }) => outline),
    messages: mapValues(messages, (given) => {
      const { handler: _, ...outline } = messageDefinition(given);
      return outline;
    }),
  };
}

/** A method may be its handler alone. */
export const methodDefinition = (given: MethodDefinition | MethodDefinition["handler"]): MethodDefinition =>
  typeof given === "function" ? { handler: given } : given;

/** So may what handles messages. */
export const messageDefinition = (
  given: MessageDefinition | MessageDefinition["handler"],
): MessageDefinition => (typeof given === "function" ? { handler: given } : given);
