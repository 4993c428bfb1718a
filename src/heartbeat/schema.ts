const seconds = { type: "number", minimum: 0 };
const bytes = { type: "integer", minimum: 0 };
const count = { type: "integer", minimum: 0 };
const load = { type: "number", minimum: 0 };

/** JSON Schema of `HeartbeatFacts`, as models tell them. */
export const HEARTBEAT_SCHEMA = {
  type: "object",
  required: ["uptimeSeconds", "memory", "load", "link", "plugins", "outbox"],
  additionalProperties: false,
  properties: {
    uptimeSeconds: { ...seconds, description: "How long the agent runs." },
    memory: all(
      { rssBytes: bytes, freeBytes: bytes, totalBytes: bytes },
      "Of the agent, and of the machine.",
    ),
    load: all(
      { oneMinute: load, fiveMinutes: load, fifteenMinutes: load },
      "How many processes wait for a processor, on average.",
    ),
    cpuCelsius: { type: "number", description: "Where the machine has a sensor." },
    disk: all({ freeBytes: bytes, totalBytes: bytes }, "Of the file system that has the state."),
    link: all(
      { sessions: count, failures: count, connectedSeconds: seconds },
      "Since the agent's start; connectedSeconds is of the session that is online.",
    ),
    plugins: all({ up: count, down: count }, "How many serve, and how many do not."),
    outbox: all({ messages: count, bytes }, "What the hub has not acknowledged yet."),
  },
} as const;

function all<Properties extends object>(properties: Properties, description: string) {
  const required = Object.keys(properties);
  return { type: "object", required, additionalProperties: false, properties, description };
}
