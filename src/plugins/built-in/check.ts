import type { MethodDefinition } from "../define-plugin.ts";
import { fitInto, redacted } from "./room.ts";
import type { BuiltInSources } from "./sources.ts";

/** `hubhand.check`: what `hubhand check` says, from within. */
export function checkMethod({ check, redact }: Pick<BuiltInSources, "check" | "redact">): MethodDefinition {
  return {
    description:
      "Checks configuration, plugins, disk, clock and the ways to the hub; says what is wrong, and what to do.",
    schema: { type: ["object", "null"], additionalProperties: false, properties: {} },
    replySchema: {
      type: "object",
      required: ["fatal", "checks"],
      properties: {
        fatal: { type: "boolean", description: "Whether one of them is." },
        checks: {
          type: "array",
          items: {
            type: "object",
            required: ["id", "description", "result", "detail"],
            properties: {
              id: { type: "string" },
              description: { type: "string" },
              result: { enum: ["ok", "warning", "fatal", "skipped"] },
              detail: { type: "string" },
              remedy: { type: "string" },
              because: {
                type: "string",
                description: "Of a skipped one: the id of the check to look at first.",
              },
            },
          },
        },
        truncated: { const: true },
      },
    },
    timeout: "30s",
    concurrency: 1,
    queue: 1,
    async handler() {
      const checks = await check();
      const { fitting, leftOut } = fitInto(checks);
      const reply = {
        fatal: checks.some(({ result }) => result === "fatal"),
        checks: fitting,
        ...(leftOut.length > 0 ? { truncated: true } : {}),
      };
      return redacted(reply, redact);
    },
  };
}
