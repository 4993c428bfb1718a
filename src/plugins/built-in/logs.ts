import { SECOND } from "../../durations.ts";
import { HubhandError, messageOf } from "../../errors.ts";
import { LINE_LEVELS } from "../../rules/log-levels.ts";
import type { MethodDefinition } from "../define-plugin.ts";
import { compilePattern } from "./line-pattern.ts";
import { searchLog } from "./log-search.ts";
import { parseMoment } from "./moment.ts";
import { firstThatFit, redacted } from "./room.ts";
import type { BuiltInSources } from "./sources.ts";

const SEARCH_LIMIT_MS = 5 * SECOND;
const USUAL_TAIL = 100;

interface LogsPayload {
  readonly tail?: number;
  readonly since?: string;
  readonly until?: string;
  readonly level?: string;
  readonly event?: string;
  readonly pattern?: string;
}

/** `hubhand.logs`: the latest lines of the log. */
export function logsMethod({
  logLines,
  clock,
  redact,
}: Pick<BuiltInSources, "logLines" | "clock" | "redact">): MethodDefinition {
  return {
    description:
      "The latest lines of the log, the oldest first, as far as they are kept in memory and fit into a reply.",
    schema: {
      type: ["object", "null"],
      additionalProperties: false,
      properties: {
        tail: { type: "integer", minimum: 1, maximum: 10_000, description: `Default ${USUAL_TAIL}.` },
        since: { type: "string", description: "ISO 8601, or how long ago: 10m." },
        until: { type: "string", description: "As since." },
        level: { enum: LINE_LEVELS, description: "This and what is more important." },
        event: {
          type: "string",
          minLength: 1,
          maxLength: 100,
          description: "This event (link.offline), or all of a part (link).",
        },
        pattern: {
          type: "string",
          minLength: 1,
          maxLength: 500,
          description: "A regular expression as RE2 takes it, for the line as it is written.",
        },
      },
    },
    replySchema: {
      type: "object",
      required: ["lines", "truncated", "leftOut"],
      properties: {
        lines: { type: "array", items: { type: "object" } },
        truncated: { type: "boolean", description: "Not all that was asked for fits; the newest are here." },
        leftOut: { type: "integer", description: "How many do not." },
        incomplete: { const: true, description: "The search took too long; older lines were not looked at." },
        keptSince: { type: "string", description: "The time of the oldest line that is kept." },
      },
    },
    timeout: "15s",
    concurrency: 1,
    queue: 8,
    async handler(payload: LogsPayload | null) {
      const { tail = USUAL_TAIL, level, event, since, until, pattern } = payload ?? {};
      const query = {
        tail,
        level,
        event,
        since: momentOf("since", since, clock.wallClock()),
        until: momentOf("until", until, clock.wallClock()),
        pattern: await patternOf(pattern),
      };
      const kept = logLines();
      const limits = { now: clock.now, end: clock.now() + SEARCH_LIMIT_MS };
      const { found, incomplete } = await searchLog(kept, query, limits);
      // Without gaps: what is not between two lines is taken for what was not logged.
      const fitting = firstThatFit(found);
      const leftOut = found.length - fitting.length;
      const keptSince = timeOf(kept[0]);
      const reply = {
        lines: fitting.toReversed(),
        truncated: leftOut > 0,
        leftOut,
        ...(incomplete ? { incomplete } : {}),
        ...(keptSince === undefined ? {} : { keptSince }),
      };
      return redacted(reply, redact);
    },
  };
}

function momentOf(name: string, text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined;
  const moment = parseMoment(text, now);
  if (moment === undefined)
    throw invalid(name, 'must be a time like "2026-05-01T12:00:00Z", or how long ago: "10m"');
  return moment;
}

async function patternOf(text: string | undefined) {
  if (text === undefined) return undefined;
  try {
    return await compilePattern(text);
  } catch (error) {
    throw invalid("pattern", `is not supported (${messageOf(error)}); write it as RE2 takes it`);
  }
}

function invalid(name: string, message: string): HubhandError {
  const details = { path: `/${name}`, rule: name === "pattern" ? "regex" : "format", message };
  return new HubhandError("PAYLOAD_INVALID", `the payload at /${name} ${message}`, { details });
}

function timeOf(line: string | undefined): string | undefined {
  return line === undefined ? undefined : /"time":"([^"]+)"/.exec(line)?.[1];
}
