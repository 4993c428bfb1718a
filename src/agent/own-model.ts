import type { WritableName } from "../desired/names.ts";
import { HEARTBEAT_SCHEMA } from "../heartbeat/schema.ts";
import type { ModelPart, ModelPlugin } from "../model/model.ts";
import type { BuiltInSwitches } from "../plugins/built-in/index.ts";
import { builtInOutline } from "../plugins/built-in/outline.ts";
import { LOG_LEVELS } from "../rules/log-levels.ts";
import { CATCH_UPS, OVERLAPS } from "../rules/task-rules.ts";
import type { WrittenTask } from "../rules/written-tasks.ts";

const text = { type: "string" };
const flag = { type: "boolean" };
const instant = { type: "string", format: "date-time" };
const count = { type: "integer", minimum: 0 };
const duration = { type: "string", description: 'Like "30s", "5m" or "2h".' };

/** What the twin changes of the device itself: docs/twin.md describes it. */
const WRITABLE = {
  type: "object",
  properties: {
    logLevel: { enum: LOG_LEVELS, description: "How much is logged." },
    heartbeatInterval: {
      type: "string",
      description: 'How often the device tells that it lives: a duration from "10s" to "24h", or "off".',
    },
    enabledPlugins: {
      type: "object",
      description: "Which plugins run, by name; those that are not named go by the configuration.",
      additionalProperties: { title: "Enabled", ...flag },
    },
    tasks: {
      type: "object",
      description: 'Changes tasks of plugins ("plugin/task"), and adds tasks of the device\'s own.',
      additionalProperties: {
        title: "Task",
        type: "object",
        properties: {
          cron: { type: "string", description: "When it is due: five fields, or six with seconds first." },
          every: { ...duration, description: `In place of cron. ${duration.description}` },
          enabled: flag,
          timezone: { type: "string", description: "Of cron: a name such as Europe/Berlin." },
          jitter: duration,
          overlap: { enum: OVERLAPS },
          timeout: duration,
          runAtStart: flag,
          catchUp: { enum: CATCH_UPS },
          method: { type: "string", description: "Of the device's own tasks: what they run." },
          payload: { description: "What the method gets: any JSON." },
          telemetry: { description: "true, or how the answer is sent." },
        } satisfies Readonly<Record<keyof WrittenTask, object>>,
      },
    },
  } satisfies Readonly<Record<WritableName, object>>,
};

const SOFTWARE = {
  type: "object",
  additionalProperties: false,
  description: "What ran before it.",
  properties: {
    version: text,
    commit: text,
    revision: { type: "string", description: "What the operator calls what runs." },
  },
};

/** What the device reports: `reportedState` makes it. */
export const REPORTED_SCHEMA = {
  type: "object",
  additionalProperties: false,
  properties: {
    agent: {
      type: "object",
      additionalProperties: false,
      description: "What runs on this device, and how its last run ended.",
      properties: {
        ...SOFTWARE.properties,
        node: text,
        since: { ...instant, description: "When this version and revision first ran here." },
        before: SOFTWARE,
        startedAt: instant,
        bootCount: { ...count, description: "Runs so far, with this one." },
        lastExit: {
          type: "object",
          additionalProperties: false,
          properties: {
            reason: { enum: ["stopped", "restart", "failed", "killed", "power-lost"] },
            at: instant,
          },
        },
        followsTwin: { ...flag, description: "Whether what is desired changes this device." },
        leftOut: { type: "string", description: "What there is no room for." },
      },
    },
    link: {
      type: "object",
      additionalProperties: false,
      description: "How the link has been since this run began.",
      properties: {
        way: { type: "string", description: "While online: how." },
        connects: count,
        failures: count,
        onlineSince: instant,
        lastFailure: {
          type: "object",
          additionalProperties: false,
          properties: { class: text, reason: text, at: instant },
        },
      },
    },
    plugins: {
      type: "object",
      description: "How each plugin is, by its name as a component.",
      additionalProperties: {
        title: "Plugin",
        type: "object",
        additionalProperties: false,
        properties: {
          kind: { enum: ["module", "executable", "daemon", "http", "built-in", "unknown"] },
          up: flag,
          version: text,
          problem: text,
          methods: { type: "object", additionalProperties: { title: "There", ...flag } },
        },
      },
    },
  },
};

export const DEVICE_PART: ModelPart = {
  description: "A device that hubhand serves: its settings, how it is, and a component for each plugin.",
  writable: WRITABLE,
  readOnly: REPORTED_SCHEMA,
};

/** hubhand's own methods and the heartbeat: a component, as some names of the heartbeat are the device's already. */
export function ownComponent(options: {
  readonly version: string;
  readonly enabled: BuiltInSwitches;
}): ModelPlugin {
  const { description, methods } = builtInOutline(options);
  return {
    name: "hubhand",
    description,
    telemetry: HEARTBEAT_SCHEMA,
    methods: Object.entries(methods).map(([name, outline]) => ({ name, ...outline })),
  };
}
