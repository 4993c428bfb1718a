import type { AmqpError } from "rhea";
import type { LogEvent } from "../events.ts";
import type { ServiceErrorCode } from "../hub-error.ts";
import { asHubError } from "../own-fault.ts";

/** The conditions by which the SDKs know an error (azure-iothub's amqp_common_errors.js, amqp_service_errors.js). */
const CONDITIONS: Partial<Record<ServiceErrorCode, string>> = {
  ArgumentInvalid: "com.microsoft:argument-error",
  DeviceNotFound: "amqp:not-found",
  DeviceMaximumQueueDepthExceeded: "amqp:resource-limit-exceeded",
  MessageTooLarge: "amqp:link:message-size-exceeded",
  IotHubUnauthorized: "amqp:unauthorized-access",
  IotHubUnauthorizedAccess: "amqp:unauthorized-access",
};

/** What is no error of the hub's callers is named as the hub's own, and no more is told; the log is. */
export function toAmqpError(error: unknown, log: LogEvent): AmqpError {
  const { code, message } = asHubError(error, log);
  return {
    condition: CONDITIONS[code] ?? "amqp:internal-error",
    description: `ErrorCode:${code};${message}`,
  };
}

export const UNAUTHORIZED: AmqpError = {
  condition: "amqp:unauthorized-access",
  description: "put a token of a policy with the right ServiceConnect first",
};

export const NO_SUCH_NODE: AmqpError = {
  condition: "amqp:not-found",
  description: "this hub has no such node",
};
