import { HubhandError } from "../../errors.ts";
import type { MethodDefinition } from "../define-plugin.ts";
import { fitInto } from "./room.ts";
import type { BuiltInSources } from "./sources.ts";

type Sources = Pick<BuiltInSources, "tasks">;

const TASK = {
  type: "object",
  required: ["task", "enabled", "running"],
  properties: {
    task: { type: "string", description: "plugin/task; a name alone is one of the device's own." },
    plugin: { type: "string" },
    description: { type: "string" },
    cron: { type: "string" },
    timezone: { type: "string", description: "Of cron; absent for the machine's." },
    every: { type: "string" },
    enabled: { type: "boolean", description: "Whether it runs by itself." },
    running: { type: "integer", description: "How many runs of it go on." },
    next: { type: "string", description: "When it is due; its jitter comes on top." },
    last: {
      type: "object",
      description: "Its last run since the agent's start.",
      required: ["at", "outcome", "ms"],
      properties: {
        at: { type: "string" },
        outcome: { enum: ["ok", "failed", "timed_out", "skipped", "stopped"] },
        ms: { type: "integer" },
      },
    },
  },
};

/** `hubhand.tasks`: what this device does on time. */
export function tasksMethod({ tasks }: Sources): MethodDefinition {
  return {
    description: "What this device does on time: when it is due, and how it went last.",
    schema: { type: ["object", "null"], additionalProperties: false, properties: {} },
    replySchema: {
      type: "object",
      required: ["tasks", "truncated"],
      properties: { tasks: { type: "array", items: TASK }, truncated: { type: "boolean" } },
    },
    handler() {
      const { fitting, leftOut } = fitInto(tasks.list());
      return { tasks: fitting, truncated: leftOut.length > 0 };
    },
  };
}

/** `hubhand.runTask`: does a task now. */
export function runTaskMethod({ tasks }: Sources): MethodDefinition {
  return {
    description: "Does a task now, under its own rules, and answers when it is over.",
    schema: {
      type: "object",
      required: ["task"],
      additionalProperties: false,
      properties: { task: { type: "string", minLength: 1, description: "As hubhand.tasks has it." } },
    },
    replySchema: {
      type: "object",
      required: ["task", "outcome"],
      properties: {
        task: { type: "string" },
        outcome: { enum: ["ok", "failed", "timed_out", "skipped", "stopped"] },
      },
    },
    // The hub waits no longer; a task that takes more goes on.
    timeout: "5m",
    async handler({ task }: { task: string }) {
      const outcome = await tasks.run(task);
      if (outcome !== undefined) return { task, outcome };
      const known = tasks.list().map((one) => one.task);
      const message = `this device has no task ${JSON.stringify(task)}`;
      throw new HubhandError("TASK_UNKNOWN", message, { details: { tasks: known } });
    },
  };
}
