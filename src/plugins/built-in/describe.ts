import { HubhandError } from "../../errors.ts";
import type { MessageHandler } from "../../messages/inbox/handler.ts";
import type { Method } from "../../methods/method.ts";
import type { TaskStatus } from "../../schedule/status.ts";
import type { MethodDefinition } from "../define-plugin.ts";
import { fitInto, LIST_BYTES } from "./room.ts";
import type { BuiltInSources } from "./sources.ts";

/** `hubhand.describe`: what this device can do. */
export function describeMethod({
  version,
  methods,
  messages,
  plugins,
  tasks,
}: Pick<BuiltInSources, "version" | "methods" | "messages" | "plugins" | "tasks">): MethodDefinition {
  return {
    description:
      "Every method of this device with its schemas and limits, or the one that is asked for; what takes messages from the hub; the plugins, and the tasks with their next runs.",
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
      const told = fitInto(plugins(), LIST_BYTES / 2);
      const timed = fitInto(tasks.list().map(toldTask), LIST_BYTES / 8);
      const room = LIST_BYTES - Buffer.byteLength(JSON.stringify([told.fitting, timed.fitting]));
      const entries = chosen.map((method) => [method.name, describe(method)] as const);
      // The short ones first: no plugin may say so much that others are not told.
      const described = fitInto(
        entries.toSorted((a, b) => JSON.stringify(a).length - JSON.stringify(b).length),
        room,
      );
      const fitting = new Set(described.fitting);
      const handlers =
        wanted === undefined ? messages().map((each) => [each.name, describeHandler(each)] as const) : [];
      const taken = fitInto(handlers, room - Buffer.byteLength(JSON.stringify(described.fitting)));
      const leftOut =
        told.leftOut.length + timed.leftOut.length + described.leftOut.length + taken.leftOut.length;
      return {
        version,
        plugins: told.fitting,
        tasks: timed.fitting,
        methods: Object.fromEntries(entries.filter((entry) => fitting.has(entry))),
        ...(handlers.length === 0 ? {} : { messages: Object.fromEntries(taken.fitting) }),
        ...(leftOut > 0 ? { truncated: true, leftOut } : {}),
      };
    },
  };
}

/** What `hubhand.tasks` tells at length. */
function toldTask({ task, description, cron, every, next }: TaskStatus) {
  return { task, description, cron, every, next };
}

function describe({ plugin, description, schema, replySchema, timeout, concurrency, queue }: Method) {
  return { plugin, description, schema, replySchema, timeoutMs: timeout, concurrency, queue };
}

function describeHandler({ plugin, description, schema, timeout, concurrency, queue }: MessageHandler) {
  return { plugin, description, schema, timeoutMs: timeout, concurrency, queue };
}
