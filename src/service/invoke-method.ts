import iothub from "azure-iothub";
import { CONNECT_TIMEOUT_SECONDS, RESPONSE_TIMEOUT_SECONDS } from "./limits.ts";
import { checkInvocation, type MethodInvocation } from "./method-invocation.ts";
import type { SendRequest } from "./requests.ts";

/** What the device answered: its own status and payload, whatever they are. */
export interface MethodResponse {
  readonly status: number;
  readonly payload: unknown;
}

/** azure-iothub tries 429, 500 and 503 again for up to four minutes: too long to wait, and a second call may do harm. */
const NO_RETRY = { shouldRetry: () => false, nextRetryTimeout: () => -1 };

/** Calls a direct method; see `ServiceClient.invokeMethod`. `graceMs` is what the hub may take beyond the call's own times. */
export async function invokeMethod(
  call: MethodInvocation,
  { send, graceMs }: { send: SendRequest; graceMs: number },
): Promise<MethodResponse> {
  checkInvocation(call);
  const { deviceId, moduleId, methodName, payload = null } = call;
  const {
    responseTimeoutSeconds = RESPONSE_TIMEOUT_SECONDS.default,
    connectTimeoutSeconds = CONNECT_TIMEOUT_SECONDS.default,
  } = call;
  const target =
    moduleId === undefined
      ? `device ${JSON.stringify(deviceId)}`
      : `module ${JSON.stringify(`${deviceId}/${moduleId}`)}`;
  const answerMs = (responseTimeoutSeconds + connectTimeoutSeconds) * 1000 + graceMs;
  const subject = { purpose: "call", target, afterwards: "the device may have run the method" } as const;
  return await send({ ...subject, answerMs }, async ({ config, rest }) => {
    // The class wants its AMQP transport even where only its REST half is used; it is never connected.
    const client = new iothub.Client(new iothub.Amqp(config), rest);
    client.setRetryPolicy(NO_RETRY);
    const params = {
      methodName,
      payload,
      responseTimeoutInSeconds: responseTimeoutSeconds,
      connectTimeoutInSeconds: connectTimeoutSeconds,
    };
    const { result } = await (moduleId === undefined
      ? client.invokeDeviceMethod(deviceId, params)
      : client.invokeDeviceMethod(deviceId, moduleId, params));
    return readResponse(result);
  });
}

/** The hub's document, `{status, payload}`; anything else is not from a hub. */
function readResponse(result: unknown): MethodResponse {
  if (
    typeof result !== "object" ||
    result === null ||
    !("status" in result) ||
    typeof result.status !== "number"
  ) {
    throw new TypeError("the answer has no status");
  }
  return { status: result.status, payload: "payload" in result ? result.payload : null };
}
