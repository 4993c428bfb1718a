import type { MethodDefinition } from "../define-plugin.ts";
import type { BuiltInSources } from "./sources.ts";

/** `hubhand.restartPlugin`: ends a plugin's code and starts it afresh. */
export function restartPluginMethod({
  restartPlugin,
}: Pick<BuiltInSources, "restartPlugin">): MethodDefinition {
  return {
    description: "Ends a plugin's code and starts it afresh; says how it is then. Calls under way are lost.",
    schema: {
      type: "object",
      required: ["plugin"],
      additionalProperties: false,
      properties: { plugin: { type: "string", minLength: 1 } },
    },
    replySchema: {
      type: "object",
      required: ["name", "kind", "up"],
      properties: {
        name: { type: "string" },
        kind: { type: "string" },
        up: { type: "boolean" },
        version: { type: "string" },
        problem: { type: "string" },
      },
    },
    timeout: "60s",
    concurrency: 1,
    queue: 4,
    handler: ({ plugin }: { plugin: string }) => restartPlugin(plugin),
  };
}
