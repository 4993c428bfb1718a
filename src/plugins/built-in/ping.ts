import type { MethodDefinition } from "../define-plugin.ts";
import type { BuiltInSources } from "./sources.ts";

/** `hubhand.ping`: whether the device is there. */
export function pingMethod({ version }: Pick<BuiltInSources, "version">): MethodDefinition {
  return {
    description: "Answers at once: version, uptime in seconds, and the payload it was called with.",
    replySchema: {
      type: "object",
      required: ["version", "uptimeSeconds", "echo"],
      properties: { version: { type: "string" }, uptimeSeconds: { type: "number" }, echo: {} },
    },
    handler: (payload: unknown) => ({ version, uptimeSeconds: Math.round(process.uptime()), echo: payload }),
  };
}
