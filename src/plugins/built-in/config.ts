import type { MethodDefinition } from "../define-plugin.ts";
import { fitInto, redacted } from "./room.ts";
import type { BuiltInSources } from "./sources.ts";

/** `hubhand.config`: the configuration in force. */
export function configMethod({
  configuration,
  redact,
}: Pick<BuiltInSources, "configuration" | "redact">): MethodDefinition {
  return {
    description:
      "Every key of the configuration with its value and where that is from; of a secret only whether it is set.",
    schema: { type: ["object", "null"], additionalProperties: false, properties: {} },
    replySchema: {
      type: "object",
      required: ["keys", "truncated"],
      properties: {
        keys: {
          type: "object",
          additionalProperties: {
            type: "object",
            required: ["value", "origin"],
            properties: { value: {}, origin: { type: "string" } },
          },
        },
        truncated: { type: "boolean" },
        leftOut: {
          type: "array",
          items: { type: "string" },
          description: "Keys whose values are too large for a reply.",
        },
      },
    },
    handler() {
      const { fitting, leftOut } = fitInto(configuration());
      const reply = {
        keys: Object.fromEntries(fitting.map(({ key, value, origin }) => [key, { value, origin }])),
        truncated: leftOut.length > 0,
        ...(leftOut.length > 0 ? { leftOut: leftOut.map(({ key }) => key) } : {}),
      };
      return redacted(reply, redact);
    },
  };
}
