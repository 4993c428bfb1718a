import type { JobQuery } from "../../methods/jobs/book.ts";
import { JOB_STATES } from "../../methods/jobs/record.ts";
import type { MethodDefinition } from "../define-plugin.ts";
import { firstThatFit } from "./room.ts";
import type { BuiltInSources } from "./sources.ts";

const USUAL_LIMIT = 100;

type Sources = Pick<BuiltInSources, "jobs">;

const ONE_JOB = {
  type: "object",
  required: ["id"],
  additionalProperties: false,
  properties: { id: { type: "string", minLength: 1, description: "As it was told with 202." } },
};

const SUMMARY = {
  id: { type: "string" },
  method: { type: "string" },
  plugin: { type: "string" },
  requestId: { type: "string", description: "Of the call that started it." },
  state: { enum: JOB_STATES },
  createdAt: { type: "string" },
  updatedAt: { type: "string", description: "When it last changed its state or told its progress." },
  endedAt: { type: "string" },
  progress: { description: "The latest that it told." },
  error: {
    type: "object",
    required: ["code", "message"],
    properties: { code: { type: "string" }, message: { type: "string" } },
  },
};

const REQUIRED = ["id", "method", "plugin", "requestId", "state", "createdAt", "updatedAt"];

const JOB = {
  type: "object",
  required: REQUIRED,
  properties: { ...SUMMARY, result: { description: "Of a job that is done, unless its file was lost." } },
};

/** `hubhand.jobs`: which jobs run and ran. */
export function jobsMethod({ jobs }: Sources): MethodDefinition {
  return {
    description: "The jobs that run and those that have ended, the newest first, without their results.",
    schema: {
      type: ["object", "null"],
      additionalProperties: false,
      properties: {
        state: { enum: JOB_STATES },
        method: { type: "string" },
        plugin: { type: "string" },
        limit: { type: "integer", minimum: 1, maximum: 10_000, description: `Default ${USUAL_LIMIT}.` },
      },
    },
    replySchema: {
      type: "object",
      required: ["jobs", "truncated", "leftOut"],
      properties: {
        jobs: { type: "array", items: { type: "object", required: REQUIRED, properties: SUMMARY } },
        truncated: { type: "boolean", description: "There are more; the newest are here." },
        leftOut: { type: "integer", description: "How many more." },
      },
    },
    async handler(payload: (JobQuery & { readonly limit?: number }) | null) {
      const { limit = USUAL_LIMIT, ...query } = payload ?? {};
      const all = await jobs.list(query);
      const fitting = firstThatFit(all.slice(0, limit));
      const leftOut = all.length - fitting.length;
      return { jobs: fitting, truncated: leftOut > 0, leftOut };
    },
  };
}

/** `hubhand.job`: how far a job is, or how it ended. */
export function jobMethod({ jobs }: Sources): MethodDefinition {
  return {
    description: "All of a job: how far it is, or how it ended, with its result.",
    schema: ONE_JOB,
    replySchema: JOB,
    handler: ({ id }: { id: string }) => jobs.get(id),
  };
}

/** `hubhand.cancelJob`: ends a job early. */
export function cancelJobMethod({ jobs }: Sources): MethodDefinition {
  return {
    description: "Ends a job early, and tells it as it is then. That takes five seconds at most.",
    schema: ONE_JOB,
    replySchema: JOB,
    handler: ({ id }: { id: string }) => jobs.cancel(id),
  };
}
