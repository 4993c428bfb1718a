import type { ErrorCode } from "../errors.ts";
import { connectionFailure } from "./connection-failure.ts";
import { type HubAnswer, type HubComplaint, readComplaint } from "./hub-answer.ts";

/** What a request to the hub can fail with; each code's exit status is in `ERROR_CODES`. */
export type ServiceFailureCode = Extract<
  ErrorCode,
  | "CALL_INVALID"
  | "DEVICE_UNKNOWN"
  | "DEVICE_OFFLINE"
  | "DEVICE_DISABLED"
  | "DEVICE_SILENT"
  | "CREDENTIALS_REFUSED"
  | "HUB_UNREACHABLE"
  | "HUB_THROTTLED"
  | "HUB_FAULT"
  | "DEVICE_REPLY_INVALID"
>;

/** What is known of a request that failed. */
export interface RawServiceFailure {
  /** What the SDK, Node or OpenSSL threw. */
  readonly error: unknown;
  /** Whether the connection to the hub stood, TLS and all, when it failed. */
  readonly connected: boolean;
  /** Our own limit for connecting or for the answer ran out. */
  readonly timedOut: boolean;
  readonly answer?: HubAnswer | undefined;
}

/** Who took part, for the message. */
export interface FailureContext {
  /** `device "pi"`, `module "pi/camera"`. */
  readonly target: string;
  /** Host and port. */
  readonly hub: string;
  readonly policyName: string;
}

export interface ServiceFailure {
  readonly code: ServiceFailureCode;
  /** A short stable word: an errno, a TLS code, `404103`, `DeviceNotFound`, `http-502`, `timeout-connecting`. */
  readonly reason: string;
  /** Sentences for a person, with what to do; never a secret. */
  readonly message: string;
}

/**
 * The hub's own words for what went wrong. Sources: learn.microsoft.com, "IoT Hub API common error codes"; the enum
 * ErrorCode of Microsoft's .NET service SDK.
 */
const BY_NAME: Readonly<Record<string, ServiceFailureCode>> = {
  DeviceNotFound: "DEVICE_UNKNOWN",
  ModuleNotFound: "DEVICE_UNKNOWN",
  DeviceNotOnline: "DEVICE_OFFLINE",
  DeviceConnectionClosedRemotely: "DEVICE_OFFLINE",
  DeviceDisabled: "DEVICE_DISABLED",
  GatewayTimeout: "DEVICE_SILENT",
  IotHubNotFound: "HUB_UNREACHABLE",
  IotHubUnauthorized: "CREDENTIALS_REFUSED",
  IotHubUnauthorizedAccess: "CREDENTIALS_REFUSED",
  IotHubQuotaExceeded: "HUB_THROTTLED",
  IotHubSuspended: "HUB_FAULT",
  InvalidResponseWhileProxying: "DEVICE_REPLY_INVALID",
};

const BY_NUMBER: Readonly<Record<number, ServiceFailureCode>> = {
  400020: "HUB_FAULT", // the subscription is suspended
  401001: "HUB_UNREACHABLE", // no such hub
  403001: "HUB_FAULT", // suspended, as older hubs say it
  403002: "HUB_THROTTLED", // the day's messages are used up
  403004: "HUB_THROTTLED", // too much waits for this device
  403012: "DEVICE_DISABLED",
  403800: "HUB_THROTTLED", // too many calls in flight to this device
  404001: "DEVICE_UNKNOWN",
  404010: "DEVICE_UNKNOWN",
  404103: "DEVICE_OFFLINE",
  404104: "DEVICE_OFFLINE",
};

/** What remains is judged by the HTTP status, if an IoT Hub said it. */
const BY_STATUS: Readonly<Record<number, ServiceFailureCode>> = {
  400: "CALL_INVALID",
  401: "CREDENTIALS_REFUSED",
  403: "CREDENTIALS_REFUSED",
  404: "CALL_INVALID",
  408: "DEVICE_SILENT",
  413: "CALL_INVALID",
  429: "HUB_THROTTLED",
  502: "DEVICE_REPLY_INVALID",
  504: "DEVICE_SILENT",
};

/** Statuses that mean the same whoever says them: the hub, or a gateway before it. */
const ANYONES: Readonly<Record<number, ServiceFailureCode>> = {
  401: "CREDENTIALS_REFUSED",
  408: "DEVICE_SILENT",
  429: "HUB_THROTTLED",
  500: "HUB_FAULT",
  502: "HUB_FAULT",
  503: "HUB_FAULT",
  504: "DEVICE_SILENT",
};

/**
 * Tells what kind of failure this is. Pure. It is judged from the raw answer, as the SDK has one nameless error for
 * "not online" and everything else it does not know (azure-iothub 1.16.6, rest_api_client.js, translateError).
 */
export function classifyServiceFailure(raw: RawServiceFailure, context: FailureContext): ServiceFailure {
  const { answer } = raw;
  if (answer === undefined) return connectionFailure(raw, context);
  if (answer.status < 300) return unreadableSuccess(answer, context);
  const complaint = readComplaint(answer);
  if (complaint === undefined) {
    const code = ANYONES[answer.status] ?? "HUB_UNREACHABLE";
    const reason = `http-${answer.status}`;
    if (code !== "HUB_UNREACHABLE")
      return { code, reason, message: messageFor(code, { status: answer.status }, context) };
    return { code, reason, message: notAHub(`HTTP status ${answer.status}`, context) };
  }
  const { name, number } = complaint;
  const code =
    (name === undefined ? undefined : BY_NAME[name]) ??
    (number === undefined ? undefined : BY_NUMBER[number]) ??
    BY_STATUS[answer.status] ??
    "HUB_FAULT";
  return {
    code,
    reason: name ?? (number === undefined ? `http-${answer.status}` : String(number)),
    message: messageFor(code, { ...complaint, status: answer.status }, context),
  };
}

/**
 * The hub puts the device's bytes into its own answer as they are: a payload that is no JSON, or empty, spoils the
 * whole (Azure/azure-iot-sdk-c issue 1641).
 */
function unreadableSuccess({ status, body }: HubAnswer, context: FailureContext): ServiceFailure {
  const devices = /^\s*\{\s*"status"\s*:\s*(-?\d+)/.exec(body)?.[1];
  if (devices === undefined) {
    return {
      code: "HUB_UNREACHABLE",
      reason: `http-${status}`,
      message: notAHub("no method's answer", context),
    };
  }
  return {
    code: "DEVICE_REPLY_INVALID",
    reason: "reply-not-json",
    message: `The ${context.target} answered with status ${devices} and a payload that is not JSON.`,
  };
}

function notAHub(got: string, { hub }: FailureContext): string {
  return `What answers at ${hub} is not an IoT Hub (${got}). Check HostName and port, and whether a proxy stands between.`;
}

function messageFor(
  code: ServiceFailureCode,
  complaint: HubComplaint & { status: number },
  { target, hub, policyName }: FailureContext,
): string {
  const said = complaint.text === undefined ? `HTTP status ${complaint.status}` : complaint.text;
  const tracked = complaint.trackingId === undefined ? "" : ` (tracking id ${complaint.trackingId})`;
  switch (code) {
    case "DEVICE_UNKNOWN":
      return `The hub ${hub} has no ${target}. Check the id: capitals count.`;
    case "DEVICE_OFFLINE":
      return `The ${target} is not online: it is not connected, or does not listen for direct methods. A connect time-out (--connect-timeout) waits for it.`;
    case "DEVICE_DISABLED":
      return `The ${target} is disabled in the hub ${hub}: enable it there.`;
    case "DEVICE_SILENT":
      return `The ${target} did not answer in time; it may still have run the method. A longer response time-out (--response-timeout) waits longer.`;
    case "CREDENTIALS_REFUSED":
      return `The hub ${hub} refuses the policy "${policyName}": ${said}. Check its name and key, that it has the right "Service connect", the hub's network rules, and the clock of this machine.`;
    case "HUB_UNREACHABLE":
      return `There is no hub at ${hub}: ${said}. Check HostName.`;
    case "HUB_THROTTLED":
      return `The hub ${hub} limits the calls at the moment: ${said}. Try again later, or call less often.`;
    case "HUB_FAULT":
      return `The hub ${hub} failed: ${said}${tracked}. Try again later.`;
    case "DEVICE_REPLY_INVALID":
      return `The hub could not use what the ${target} answered: ${said}. A reply is JSON of at most 128 KiB.`;
    case "CALL_INVALID":
      return `The hub does not accept the call: ${said}.`;
  }
}
