import { HubhandError } from "../../errors.ts";
import type { Method } from "../../methods/method.ts";
import type { MethodDefinition } from "../define-plugin.ts";
import type { BuiltInSources } from "./sources.ts";

/** `hubhand.describe`: what this device can do. */
export function describeMethod({
  version,
  methods,
  plugins,
}: Pick<BuiltInSources, "version" | "methods" | "plugins">): MethodDefinition {
  return {
    description:
      "Every method of this device with its schemas and limits, or the one that is asked for; and the plugins.",
    schema: {
      type: ["object", "null"],
      additionalProperties: false,
      properties: { method: { type: "string", description: "Describe only this one." } },
    },
    handler(payload: { method?: string } | null) {
      const all = methods();
      const wanted = payload?.method;
      const chosen = wanted === undefined ? all : all.filter(({ name }) => name === wanted);
      if (wanted !== undefined && chosen.length === 0) {
        const known = all.map(({ name }) => name);
        const message = `this device has no method ${JSON.stringify(wanted)}`;
        throw new HubhandError("METHOD_NOT_FOUND", message, { details: { methods: known } });
      }
      return {
        version,
        plugins: plugins(),
        methods: Object.fromEntries(chosen.map((method) => [method.name, describe(method)])),
      };
    },
  };
}

function describe({ plugin, description, schema, replySchema, timeout, concurrency, queue }: Method) {
  return { plugin, description, schema, replySchema, timeoutMs: timeout, concurrency, queue };
}
