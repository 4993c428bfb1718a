import { HOUR, MINUTE, parseDuration } from "../../durations.ts";
import { HubhandError } from "../../errors.ts";
import { LINE_LEVELS } from "../../rules/log-levels.ts";
import type { MethodDefinition } from "../define-plugin.ts";
import type { BuiltInSources } from "./sources.ts";

const USUAL_MS = 10 * MINUTE;
const LONGEST_MS = 24 * HOUR;

interface LogLevelPayload {
  readonly level?: (typeof LINE_LEVELS)[number] | "configured";
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
        level: { enum: [...LINE_LEVELS, "configured"], description: "configured: back to what it was, now." },
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
      const milliseconds = length === undefined ? USUAL_MS : durationOf(length);
      return level === "configured" ? logLevel.reset() : logLevel.set(level, milliseconds);
    },
  };
}

function durationOf(text: string): number {
  const milliseconds = parseDuration(text);
  if (milliseconds !== undefined && milliseconds > 0 && milliseconds <= LONGEST_MS) return milliseconds;
  const message = 'must be a duration like "10m", at most "24h"';
  const details = { path: "/for", rule: "format", message };
  throw new HubhandError("PAYLOAD_INVALID", `the payload at /for ${message}`, { details });
}
