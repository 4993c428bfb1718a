import type { LocalHubEvent } from "../../local-hub/index.ts";

/** One line for a person: a terminal obeys control characters, and ids and topics are what somebody sent. */
export function describe(event: LocalHubEvent): string {
  return inWords(event).replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]/gu, "\ufffd");
}

function inWords(event: LocalHubEvent): string {
  const who = nameOf(event);
  switch (event.event) {
    case "connected":
      return `${who} connected from ${event.remote}${event.online ? ", its session kept" : ""}`;
    case "disconnected":
      return `${who} disconnected: ${event.reason}`;
    case "refused":
      return `refused ${who} from ${event.remote}: ${event.reason}`;
    case "subscribed":
      return `${who} subscribed to ${event.topics.join(", ")}`;
    case "message":
      return `${who} sent a message of ${event.bytes} bytes`;
    case "message-to-device":
      return `message ${event.messageId || "without id"} to ${who}: ${event.state}`;
    case "method-waiting":
      return `${who} ${event.methodName}: waiting for it to connect`;
    case "method-called": {
      const status = event.status === undefined ? "" : ` with status ${event.status}`;
      return `${who} ${event.methodName}: ${event.outcome}${status} after ${event.durationMs} ms`;
    }
    case "reply-ignored":
      return `${who} sent a reply to ${event.requestId} that was ignored: ${event.reason}`;
    case "twin-read":
      return `${who} asked for its twin`;
    case "twin-reported":
      return `${who} reported properties (${event.bytes} bytes), now at version ${event.version}`;
    case "twin-refused":
      return `${who} asked something of its twin that was refused with ${event.status} ${event.code}`;
    case "desired-changed": {
      const told = event.told ? "it was told" : "it was not there to be told";
      return `${who} has desired properties of version ${event.version}: ${told}`;
    }
    case "device-changed":
    case "module-changed":
      return `${who} was ${event.change}`;
    case "throttled":
      return `refused for the limit of ${event.limit}, for ${event.retryAfterMs} ms`;
    case "enrolment-changed":
      return `${event.kind === "group" ? "the enrolment group" : "the enrolment"} ${event.id} was ${event.change}`;
    case "connection-error":
      return `a ${event.face} connection from ${event.remote} failed: ${event.reason}`;
    case "registration": {
      const where = event.assignedHub === undefined ? "" : ` to ${event.assignedHub} as ${event.deviceId}`;
      const why = event.reason === undefined ? "" : `: ${event.reason}`;
      return `registration ${event.registrationId}: ${event.outcome}${where}${why}`;
    }
    case "job-changed":
      return `job ${event.jobId} (${event.type}): ${event.status}`;
    case "fault-struck":
      return `${event.deviceId === undefined ? "" : `${who}: `}the fault ${event.faultId} (${event.kind}) struck at ${event.at}`;
    case "fault-ignored":
      return `${who} asked for the fault ${event.operation}, which was ignored: ${event.reason}`;
    case "fault":
      return `fault of the hub: ${event.reason}`;
  }
}

/** `device`, or `device/module`. */
function nameOf(
  event:
    | { deviceId?: string; moduleId?: string }
    | { event: "connection-error" | "enrolment-changed" | "throttled" | "fault" | "job-changed" },
): string {
  if (!("deviceId" in event) || event.deviceId === undefined) return "a caller";
  return event.moduleId === undefined ? event.deviceId : `${event.deviceId}/${event.moduleId}`;
}
