import { CHANGED_LEVELS, lengthOfChange } from "../../rules/log-level-change.ts";
import type { MethodDefinition } from "../define-plugin.ts";
import type { BuiltInSources } from "./sources.ts";

interface LogLevelPayload {
  readonly level?: (typeof CHANGED_LEVELS)[number];
  readonly for?: string;
}

/** `hubhand.logLevel`: tells how much is logged, or changes it for a while. */
export function logLevelMethod({ logLevel }: Pick<BuiltInSources, "logLevel">): MethodDefinition {
  return {
    description:
      "How much is logged. With a level: changes it for a while (10m unless told), then returns to what is configured.",
    schema: {
      type: ["object", "null"],
      additionalProperties: false,
      dependentRequired: { for: ["level"] },
      properties: {
        level: { enum: CHANGED_LEVELS, description: "configured: back to what it was, now." },
        for: { type: "string", description: "A duration like 10m; at most 24h." },
      },
    },
    replySchema: {
      type: "object",
      required: ["level", "configured"],
      properties: {
        level: { type: "string" },
        configured: { type: "string" },
        until: { type: "string", description: "When it returns; absent if it is as configured." },
      },
    },
    handler(payload: LogLevelPayload | null) {
      const { level, for: length } = payload ?? {};
      if (level === undefined) return logLevel.status();
      const milliseconds = lengthOfChange(length);
      return level === "configured" ? logLevel.reset() : logLevel.set(level, milliseconds);
    },
  };
}
