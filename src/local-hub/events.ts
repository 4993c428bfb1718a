import type { Who } from "./client-id.ts";
import type { ServiceErrorCode } from "./hub-error.ts";
import type { IdentityChange } from "./identities/identity-table.ts";
import type { JobStatus, JobType } from "./jobs/job.ts";
import type { LimitKind } from "./limits/service-limits.ts";
import type { MessageState } from "./messages/index.ts";

/** Why a connection ended, in words for a log line; the number is IoT Hub's own where it has one. */
export const END_REASONS = {
  TAKEN_OVER: "a newer connection of the same device or module took over (400027)",
  TOKEN_EXPIRED: "its token expired (401003)",
  NO_LONGER_WELCOME: "it was deleted or disabled, or its keys or thumbprints changed",
  ON_REQUEST: "disconnected on request",
  KEEP_ALIVE: "nothing was heard for 1.5 times its keep-alive",
  NOT_READING: "it did not read what it was sent",
  HUB_STOPPING: "the hub is stopping",
  BY_DEVICE: "closed by the device or the network",
} as const;

/** Where somebody came in: devices' MQTT, services' REST API or AMQP, or the provisioning service. */
export type Face = "mqtt" | "https" | "amqp" | "provisioning";

/** How a direct method call ended, as the caller was told. */
export type MethodOutcomeName =
  | "answered"
  | "not-online"
  | "no-answer"
  | "reply-too-large"
  | "device-gone"
  | "caller-gone"
  | "hub-stopping";

/**
 * What happens in the hub, as told to `startLocalHub({ log })`; an event of a module has its `moduleId`. No event ever carries a key, a token or a payload.
 * Durations are milliseconds, sizes bytes.
 */
export type LocalHubEvent =
  | (Who & { event: "connected"; remote: string; cleanSession: boolean; online: boolean })
  | (Who & { event: "disconnected"; remote: string; reason: string })
  | (Partial<Who> & { event: "refused"; face: Face; remote: string; reason: string })
  | (Who & { event: "subscribed"; topics: string[] })
  | (Who & { event: "message"; topic: string; bytes: number })
  | {
      event: "message-to-device";
      deviceId: string;
      /** Empty if its sender gave it none. */
      messageId: string;
      state: MessageState;
      /** How often it was handed to the device. */
      deliveryCount: number;
    }
  | (Who & { event: "method-waiting"; methodName: string; connectTimeoutMs: number })
  | (Who & {
      event: "method-called";
      methodName: string;
      outcome: MethodOutcomeName;
      status?: number;
      durationMs: number;
    })
  | (Who & { event: "reply-ignored"; requestId: string; reason: string })
  /** A device or module got its twin, reported properties of it, or was refused either. */
  | (Who & { event: "twin-read" })
  | (Who & { event: "twin-reported"; bytes: number; version: number })
  | (Who & { event: "twin-refused"; status: number; code: ServiceErrorCode })
  /** Desired properties have changed; whether their device was there to be told. */
  | (Who & { event: "desired-changed"; version: number; told: boolean })
  | { event: "device-changed"; deviceId: string; change: IdentityChange }
  | { event: "module-changed"; deviceId: string; moduleId: string; change: IdentityChange }
  | { event: "throttled"; limit: LimitKind; retryAfterMs: number }
  | { event: "enrolment-changed"; kind: "individual" | "group"; id: string; change: IdentityChange }
  | { event: "connection-error"; face: Face; remote: string; reason: string }
  | {
      event: "registration";
      registrationId: string;
      outcome: "assigned" | "disabled" | "failed" | "unauthorized" | "throttled";
      /** Of an assignment. */
      deviceId?: string;
      assignedHub?: string;
      reason?: string;
    }
  | { event: "job-changed"; jobId: string; type: JobType; status: JobStatus }
  | (Partial<Who> & { event: "fault-struck"; faultId: string; kind: string; at: string })
  | (Who & { event: "fault-ignored"; operation: string; reason: string })
  | { event: "fault"; reason: string };

export type LogEvent = (event: LocalHubEvent) => void;

/** Ids and topics of an event are what somebody sent, who need not have logged in: longer ones are cut. */
const TEXT_LIMIT = 1000;

/** A listener that throws must not bring the hub down: its error is dropped, the event was only information. */
export function guardedLog(log: LogEvent | undefined): LogEvent {
  if (log === undefined) return () => {};
  return (event) => {
    try {
      log(withinBounds(event));
    } catch {
      // The listener is the caller's; there is nobody else to tell.
    }
  };
}

function withinBounds(event: LocalHubEvent): LocalHubEvent {
  const long = Object.entries(event).filter(
    ([, value]) => typeof value === "string" && value.length > TEXT_LIMIT,
  );
  if (long.length === 0) return event;
  const cut = long.map(([name, value]) => [name, `${String(value).slice(0, TEXT_LIMIT)}…`]);
  return { ...event, ...Object.fromEntries(cut) };
}
