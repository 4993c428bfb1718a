import type { ErrorCode } from "../errors.ts";
import { connectionFailure } from "./connection-failure.ts";
import { failureMessage, notAHub } from "./failure-message.ts";
import { type HubAnswer, readComplaint } from "./hub-answer.ts";

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
  | "QUERY_INVALID"
  | "HUB_JOB_UNKNOWN"
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

/** What a request is for: a direct method, a query over twins or jobs, a job, or the registry of devices. */
export type RequestPurpose = "call" | "query" | "job" | "registry";

/** What a request is about, for messages. */
export interface RequestSubject {
  readonly purpose: RequestPurpose;
  /** `device "pi"`, `module "pi/camera"`, `query "SELECT …"`, `job "7c…"`. */
  readonly target: string;
  /** What may have happened all the same if no answer came: "the device may have run the method". */
  readonly afterwards?: string | undefined;
}

/** Who took part, for the message. */
export interface FailureContext extends RequestSubject {
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
  JobNotFound: "HUB_JOB_UNKNOWN",
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
  404002: "HUB_JOB_UNKNOWN",
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
    const code = inPurpose(ANYONES[answer.status] ?? "HUB_UNREACHABLE", context);
    const reason = `http-${answer.status}`;
    if (code !== "HUB_UNREACHABLE")
      return { code, reason, message: failureMessage(code, { status: answer.status }, context) };
    return { code, reason, message: notAHub(`HTTP status ${answer.status}`, context) };
  }
  const { name, number } = complaint;
  const code = inPurpose(
    (name === undefined ? undefined : BY_NAME[name]) ??
      (number === undefined ? undefined : BY_NUMBER[number]) ??
      BY_STATUS[answer.status] ??
      "HUB_FAULT",
    context,
  );
  return {
    code,
    reason: name ?? (number === undefined ? `http-${answer.status}` : String(number)),
    message: failureMessage(code, { ...complaint, status: answer.status }, context),
  };
}

/** What a status says of a call, it says of something else where no device is asked. */
function inPurpose(code: ServiceFailureCode, { purpose }: FailureContext): ServiceFailureCode {
  if (purpose === "call") return code;
  if (code === "DEVICE_SILENT" || code === "DEVICE_REPLY_INVALID") return "HUB_FAULT";
  return purpose === "query" && code === "CALL_INVALID" ? "QUERY_INVALID" : code;
}

/**
 * The hub puts the device's bytes into its own answer as they are: a payload that is no JSON, or empty, spoils the
 * whole (Azure/azure-iot-sdk-c issue 1641).
 */
function unreadableSuccess({ status, body }: HubAnswer, context: FailureContext): ServiceFailure {
  const isCall = context.purpose === "call";
  const devices = isCall ? /^\s*\{\s*"status"\s*:\s*(-?\d+)/.exec(body)?.[1] : undefined;
  if (devices === undefined) {
    return {
      code: "HUB_UNREACHABLE",
      reason: `http-${status}`,
      message: notAHub(isCall ? "no method's answer" : "no hub's answer", context),
    };
  }
  return {
    code: "DEVICE_REPLY_INVALID",
    reason: "reply-not-json",
    message: `The ${context.target} answered with status ${devices} and a payload that is not JSON.`,
  };
}
