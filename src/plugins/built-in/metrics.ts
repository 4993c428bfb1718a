import type { MethodDefinition } from "../define-plugin.ts";
import { fitInto, redacted } from "./room.ts";
import type { BuiltInSources } from "./sources.ts";

/** `hubhand.metrics`: what the metrics are now. */
export function metricsMethod({
  metrics,
  redact,
}: Pick<BuiltInSources, "metrics" | "redact">): MethodDefinition {
  return {
    description: "The metrics as they are now, all or those of these names, as far as they fit into a reply.",
    schema: {
      type: ["object", "null"],
      additionalProperties: false,
      properties: {
        names: { type: "array", items: { type: "string" }, maxItems: 200, description: "Whole names." },
      },
    },
    replySchema: {
      type: "object",
      required: ["metrics", "truncated"],
      properties: {
        metrics: {
          type: "array",
          items: {
            type: "object",
            properties: { name: { type: "string" }, type: { type: "string" }, values: { type: "array" } },
          },
        },
        truncated: { type: "boolean" },
        leftOut: { type: "array", items: { type: "string" }, description: "Names of those that do not fit." },
        unknown: { type: "array", items: { type: "string" }, description: "Names that no metric has." },
      },
    },
    timeout: "10s",
    concurrency: 1,
    queue: 8,
    async handler(payload: { names?: readonly string[] } | null) {
      const names = payload?.names;
      const all = await metrics();
      const chosen = names === undefined ? all : all.filter(({ name }) => names.includes(name));
      const unknown = (names ?? []).filter((name) => !all.some((metric) => metric.name === name));
      const { fitting, leftOut } = fitInto(chosen.map(({ name, type, values }) => ({ name, type, values })));
      const reply = {
        metrics: fitting,
        truncated: leftOut.length > 0,
        ...(leftOut.length > 0 ? { leftOut: leftOut.map(({ name }) => name) } : {}),
        ...(unknown.length > 0 ? { unknown: unknown.slice(0, 20) } : {}),
      };
      return redacted(reply, redact);
    },
  };
}
