import type { Method } from "../methods/method.ts";
import type { PluginDefinition } from "./define-plugin.ts";
import type { PluginStatus } from "./plugin-set.ts";

/** What the built-in methods tell of the agent. */
export interface BuiltInSources {
  readonly version: string;
  methods(): readonly Method[];
  plugins(): readonly PluginStatus[];
}

/** The methods every device has: whether it is there, and what it can do. */
export function builtInPlugin({ version, methods, plugins }: BuiltInSources): PluginDefinition {
  return {
    name: "hubhand",
    version,
    description: "What every hubhand device answers.",
    methods: {
      "hubhand.ping": {
        description: "Answers at once: version, uptime in seconds, and the payload it was called with.",
        replySchema: {
          type: "object",
          required: ["version", "uptimeSeconds", "echo"],
          properties: { version: { type: "string" }, uptimeSeconds: { type: "number" }, echo: {} },
        },
        handler: (payload: unknown) => ({
          version,
          uptimeSeconds: Math.round(process.uptime()),
          echo: payload,
        }),
      },
      "hubhand.describe": {
        description:
          "Every method of this device with its schemas and limits, or the one that is asked for; and the plugins.",
        schema: {
          type: ["object", "null"],
          additionalProperties: false,
          properties: { method: { type: "string", description: "Describe only this one." } },
        },
        handler(payload: { method?: string } | null, { reply }) {
          const all = methods();
          const wanted = payload?.method;
          const chosen = wanted === undefined ? all : all.filter(({ name }) => name === wanted);
          if (wanted !== undefined && chosen.length === 0) {
            const known = all.map(({ name }) => name);
            reply(404, {
              error: {
                code: "METHOD_NOT_FOUND",
                message: `this device has no method ${JSON.stringify(wanted)}`,
                details: { methods: known },
              },
            });
            return;
          }
          return {
            version,
            plugins: plugins(),
            methods: Object.fromEntries(chosen.map((method) => [method.name, describe(method)])),
          };
        },
      },
    },
  };
}

function describe({ plugin, description, schema, replySchema, timeout, concurrency, queue }: Method) {
  return { plugin, description, schema, replySchema, timeoutMs: timeout, concurrency, queue };
}
