import { cut } from "../../../cut.ts";
import type { ErrorCode } from "../../../errors.ts";
import type { TelemetryOptions } from "../../../messages/telemetry.ts";
import type { CrossingMessage } from "../message-payload.ts";
import { withoutOwnNames } from "../own-fields.ts";

/**
 * What a daemon says, a JSON object a line, as docs/reference/daemon-protocol.md promises it. Fields that it does not
 * know are passed over, so that a later version may say more.
 */
export type FromDaemon =
  | {
      readonly type: "ready";
      /** Whether it takes new settings while it runs. */
      readonly takesSettings: boolean;
    }
  | {
      readonly type: "reply";
      readonly id: string;
      readonly payload: unknown;
      readonly status: number | undefined;
    }
  | { readonly type: "error"; readonly id: string; readonly message: string }
  | { readonly type: "job"; readonly id: string }
  | {
      readonly type: "telemetry";
      /** Of its own choice; without one it wants no answer. */
      readonly id: string | undefined;
      readonly body: unknown;
      /** Not checked. */
      readonly options: TelemetryOptions;
    }
  | { readonly type: "progress"; readonly id: string; readonly progress: unknown }
  | {
      readonly type: "log";
      readonly id: string | undefined;
      readonly level: LogLevel;
      readonly message: string;
      readonly fields: Readonly<Record<string, unknown>>;
    };

/** What it is told. */
export type ToDaemon =
  | { readonly type: "start"; readonly protocol: 1; readonly plugin: string; readonly settings: object }
  | {
      readonly type: "call";
      readonly id: string;
      readonly method: string;
      readonly payload: unknown;
      readonly requestId: string;
      readonly timeoutMs: number;
    }
  | { readonly type: "task"; readonly id: string; readonly task: string }
  | ({ readonly type: "message"; readonly id: string; readonly timeoutMs: number } & CrossingMessage)
  /** Only to one that says that it takes them. */
  | { readonly type: "settings"; readonly id: string; readonly settings: object }
  | { readonly type: "cancel"; readonly id: string }
  /** The message to the hub is safe. */
  | { readonly type: "kept"; readonly id: string; readonly messageId: string }
  /** It is not sent. */
  | {
      readonly type: "refused";
      readonly id: string;
      readonly error: { readonly code: ErrorCode; readonly message: string };
    }
  | { readonly type: "stop" };

const LEVELS = ["trace", "debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof LEVELS)[number];

/** A line that is nothing of the protocol: why, for the log. */
export interface NotUnderstood {
  readonly problem: string;
}

/** How much of a line is shown. */
const SHOWN = 80;
/** How much of a text goes into the log, and the longest line whose fields do. */
const LOGGED = 8_192;
/** Reads a line; whatever a daemon wrote, it never throws. */
export function readLine(line: string): FromDaemon | NotUnderstood {
  const problem = (why: string): NotUnderstood => ({
    problem: `${why}: ${JSON.stringify(cut(line, SHOWN))}`,
  });
  // Most of what is no JSON is seen by its first letter, which costs nothing.
  if (!line.startsWith("{")) return problem("a line that is no JSON object");
  let said: Record<string, unknown>;
  try {
    said = JSON.parse(line) as Record<string, unknown>;
  } catch {
    return problem("a line that is no JSON");
  }
  const {
    type,
    id,
    payload = null,
    status,
    message,
    progress = null,
    level = "info",
    fields = {},
    takes,
  } = said;
  const named = typeof id === "number" ? String(id) : id;
  switch (type) {
    case "ready":
      return { type, takesSettings: Array.isArray(takes) && takes.includes("settings") };
    case "reply":
      if (typeof named !== "string") return problem("a reply without the id of its call");
      if (status !== undefined && typeof status !== "number")
        return problem("a reply whose status is no number");
      return { type, id: named, payload, status };
    case "error":
      if (typeof named !== "string") return problem("an error without the id of its call");
      return {
        type,
        id: named,
        message: typeof message === "string" ? message : "an error without a message",
      };
    case "job":
      if (typeof named !== "string") return problem("a job without the id of its call");
      return { type, id: named };
    case "progress":
      if (typeof named !== "string") return problem("a progress without the id of its call");
      return { type, id: named, progress };
    case "telemetry":
      return readTelemetry(said, named) ?? problem("a telemetry that has not one of body and base64");
    case "log":
      if (typeof message !== "string") return problem("a log without a message");
      if (!isLevel(level)) return problem(`a log whose level is none of ${LEVELS.join(", ")}`);
      if (typeof fields !== "object" || fields === null) return problem("a log whose fields are no object");
      return {
        type,
        id: typeof named === "string" ? named : undefined,
        level,
        message: cut(message, LOGGED),
        fields: line.length > LOGGED ? { cut: true } : withoutOwnNames(fields),
      };
    default:
      return problem("a line of an unknown type");
  }
}

/** Bytes come as base64; what base64 does not know is passed over, as Node does. */
function readTelemetry(said: Record<string, unknown>, id: unknown): FromDaemon | undefined {
  const { body, base64, options = {} } = said;
  const hasBytes = typeof base64 === "string";
  if ("body" in said === hasBytes) return undefined;
  return {
    type: "telemetry",
    id: typeof id === "string" ? id : undefined,
    body: hasBytes ? Buffer.from(base64, "base64") : body,
    options: options as TelemetryOptions,
  };
}

const isLevel = (level: unknown): level is LogLevel => (LEVELS as readonly unknown[]).includes(level);
