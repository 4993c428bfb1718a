import { HubhandError } from "../errors.ts";
import { CONNECT_TIMEOUT_SECONDS, RESPONSE_TIMEOUT_SECONDS, type SecondsRange } from "./limits.ts";
import { checkPayload } from "./payload.ts";

/** A direct method to be called. */
export interface MethodInvocation {
  readonly deviceId: string;
  readonly moduleId?: string | undefined;
  readonly methodName: string;
  /** Any JSON value; absent and null are the same to the hub. */
  readonly payload?: unknown;
  /** How long the device may take to answer, from 5 to 300; 30 if absent. */
  readonly responseTimeoutSeconds?: number | undefined;
  /** How long the hub waits for a device that is not online, from 0 to 300; 0 if absent. */
  readonly connectTimeoutSeconds?: number | undefined;
}

/**
 * Refuses what cannot be sent, or what the SDK would change without a word (a response time-out of 0 becomes 30 s).
 * Which ids and names are good is for the hub to say.
 * @throws HubhandError CALL_INVALID
 */
export function checkInvocation(call: MethodInvocation): void {
  checkName(call.deviceId, "device id");
  checkName(call.methodName, "method name");
  if (call.moduleId !== undefined) checkName(call.moduleId, "module id");
  checkSeconds(call.responseTimeoutSeconds, "response time-out", RESPONSE_TIMEOUT_SECONDS);
  checkSeconds(call.connectTimeoutSeconds, "connect time-out", CONNECT_TIMEOUT_SECONDS);
  checkPayload(call.payload);
}

function checkName(name: string, what: string): void {
  if (name === "") throw new HubhandError("CALL_INVALID", `The ${what} is empty.`);
  // A half surrogate has no UTF-8, and so no place in an address.
  if (!name.isWellFormed()) throw new HubhandError("CALL_INVALID", `The ${what} is not well-formed Unicode.`);
}

function checkSeconds(seconds: number | undefined, what: string, { min, max }: SecondsRange): void {
  if (seconds === undefined || (Number.isInteger(seconds) && seconds >= min && seconds <= max)) return;
  throw new HubhandError(
    "CALL_INVALID",
    `The ${what} is ${seconds} s; the hub takes whole seconds from ${min} to ${max}.`,
  );
}
