import { clientIdOf, type Who } from "../client-id.ts";
import type { LogEvent } from "../events.ts";
import { HubError } from "../hub-error.ts";
import type { ConnectingIdentity } from "../identities/find-identity.ts";
import {
  METHOD_PAYLOAD_LIMIT,
  type MethodCall,
  type MethodCalls,
  type MethodOutcome,
} from "../method-calls.ts";
import { type Answer, envelopeAnswer } from "./answers.ts";
import { parseObject } from "./body.ts";
import type { Route, ServiceRequest } from "./routing.ts";

/** Not a limit that Microsoft states: it keeps the topic far below MQTT's 64 KiB. */
const NAME_LIMIT = 256;

type Answered = Extract<MethodOutcome, { kind: "answered" }>;

/** Calls a method, and answers in the service's terms whatever comes of it; `answered` says how the reply is shown. */
export type InvokeMethod = (
  who: Who,
  request: {
    /** As in the body of a direct method call. */
    document: Record<string, unknown>;
    signal: AbortSignal;
    answered: (outcome: Answered) => Answer;
  },
) => Promise<Answer>;

export function createMethodInvoker(options: {
  identity: (clientId: string) => ConnectingIdentity | undefined;
  methodCalls: MethodCalls;
  isOnline: (clientId: string) => boolean;
  log: LogEvent;
  now: () => number;
}): InvokeMethod {
  const { identity, methodCalls, isOnline, log, now } = options;

  return async (who, { document, signal, answered }) => {
    const clientId = clientIdOf(who);
    const call = { clientId, ...readCall(document), signal };
    const target = identity(clientId);
    if (target === undefined) throw notFound(who);
    if (target.status === "disabled") throw new HubError("DeviceDisabled", who.deviceId);
    const { methodName, connectTimeoutMs } = call;
    if (connectTimeoutMs > 0 && !isOnline(clientId)) {
      log({ event: "method-waiting", ...who, methodName, connectTimeoutMs });
    }
    const startedAt = now();
    const outcome = await methodCalls.invoke(call);
    log({
      event: "method-called",
      ...who,
      methodName,
      outcome: outcome.kind,
      ...(outcome.kind === "answered" ? { status: outcome.status } : {}),
      durationMs: now() - startedAt,
    });
    if (outcome.kind === "answered") return answered(outcome);
    return answerOf(outcome, { who, call, now: now() });
  };
}

/** Direct method invocation (learn.microsoft.com, "Understand and invoke direct methods from IoT Hub"). */
export function methodRoutes(invokeMethod: InvokeMethod): Route[] {
  const invoke = (who: Who, { body, signal }: ServiceRequest) =>
    invokeMethod(who, { document: parseObject(body), signal, answered: statusAndPayload });

  return [
    {
      method: "POST",
      path: "/twins/{deviceId}/methods",
      right: "ServiceConnect",
      handle: (request) => invoke({ deviceId: request.parameters.deviceId ?? "" }, request),
    },
    {
      method: "POST",
      path: "/twins/{deviceId}/modules/{moduleId}/methods",
      right: "ServiceConnect",
      handle(request) {
        const { deviceId = "", moduleId = "" } = request.parameters;
        return invoke({ deviceId, moduleId }, request);
      },
    },
  ];
}

function notFound(who: Who): HubError {
  return new HubError(who.moduleId === undefined ? "DeviceNotFound" : "ModuleNotFound", clientIdOf(who));
}

/** @throws HubError ArgumentInvalid, MessageTooLarge */
function readCall(
  document: Record<string, unknown>,
): Pick<MethodCall, "methodName" | "payload" | "connectTimeoutMs" | "responseTimeoutMs"> {
  const methodName = document.methodName;
  if (
    typeof methodName !== "string" ||
    methodName === "" ||
    methodName.length > NAME_LIMIT ||
    !methodName.isWellFormed()
  ) {
    throw new HubError("ArgumentInvalid", `methodName is text of 1 to ${NAME_LIMIT} characters`);
  }
  const payload = stringify(document.payload);
  if (Buffer.byteLength(payload) > METHOD_PAYLOAD_LIMIT) {
    throw new HubError(
      "MessageTooLarge",
      `the payload is over the ${METHOD_PAYLOAD_LIMIT} bytes of a direct method`,
    );
  }
  return {
    methodName,
    payload,
    responseTimeoutMs: secondsOf(document, {
      name: "responseTimeoutInSeconds",
      least: 5,
      most: 300,
      otherwise: 30,
    }),
    connectTimeoutMs: secondsOf(document, {
      name: "connectTimeoutInSeconds",
      least: 0,
      most: 300,
      otherwise: 0,
    }),
  };
}

/** A call without payload carries `null`: the device SDK takes an empty body for a malformed request. */
function stringify(payload: unknown): string {
  try {
    return JSON.stringify(payload ?? null);
  } catch {
    // Deeper than the stack; the service has a depth limit of its own.
    throw new HubError("ArgumentInvalid", "the payload is nested too deeply");
  }
}

function secondsOf(
  document: Record<string, unknown>,
  options: { name: string; least: number; most: number; otherwise: number },
): number {
  const { name, least, most, otherwise } = options;
  const value = document[name] ?? otherwise;
  if (typeof value !== "number" || !Number.isInteger(value) || value < least || value > most) {
    throw new HubError("ArgumentInvalid", `${name} is a whole number from ${least} to ${most}`);
  }
  return value * 1000;
}

/**
 * The device's bytes as they came, even where they are no JSON, or none: so does the service, whose callers then meet a
 * body they cannot parse (Azure/azure-iot-sdk-c issue 1641, azure-iot-sdk-csharp issue 120).
 */
function statusAndPayload({ status, payload }: Answered): Answer {
  const start = `{"status":${status},"payload":`;
  const body = Buffer.allocUnsafe(start.length + payload.length + 1);
  body.write(start, "latin1");
  payload.copy(body, start.length);
  body.write("}", body.length - 1, "latin1");
  return { status: 200, body };
}

function answerOf(
  outcome: Exclude<MethodOutcome, Answered>,
  options: { who: Who; call: MethodCall; now: number },
): Answer {
  const { who, call, now } = options;
  switch (outcome.kind) {
    case "not-online":
      return envelopeAnswer({
        code: "DeviceNotOnline",
        message: "Timed out waiting for device to connect.",
        timeoutMs: call.connectTimeoutMs,
        now,
      });
    case "no-answer":
      return envelopeAnswer({
        code: "GatewayTimeout",
        message: "Timed out waiting for the response from device.",
        timeoutMs: call.responseTimeoutMs,
        now,
      });
    case "reply-too-large":
      throw new HubError("InvalidResponseWhileProxying", "the device's response is over 128 KiB");
    case "device-gone":
      throw notFound(who);
    case "caller-gone":
    case "hub-stopping":
      throw new HubError("ServiceUnavailable", "the call was given up");
  }
}
