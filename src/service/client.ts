import iothub from "azure-iothub";
import { HubhandError } from "../errors.ts";
import { parseServiceConnectionString } from "./connection-string.ts";
import { readCaFile } from "./files.ts";
import { CONNECT_TIMEOUT_SECONDS, RESPONSE_TIMEOUT_SECONDS } from "./limits.ts";
import { checkInvocation, type MethodInvocation } from "./method-invocation.ts";
import { createRequests, type SendRequest } from "./requests.ts";

export interface ServiceClientOptions {
  /** A secret; it reaches no error. */
  readonly connectionString: string;
  /** Where it came from, for errors: "environment variable IOTHUB_CONNECTION_STRING". */
  readonly origin: string;
  /** PEM of the authorities to trust for this hub, in place of this machine's list. */
  readonly ca?: string | undefined;
  /** A file with the same. */
  readonly caFile?: string | undefined;
  /** Milliseconds to reach the hub, TLS included; 15 s if absent. */
  readonly reachMs?: number;
  /** Milliseconds that the hub may take beyond a call's own time-outs; 10 s if absent. */
  readonly graceMs?: number;
}

/** What the device answered: its own status and payload, whatever they are. */
export interface MethodResponse {
  readonly status: number;
  readonly payload: unknown;
}

/** A device and the keys it may log in with: base64, secrets. */
export interface DeviceKeys {
  readonly deviceId: string;
  readonly primaryKey: string;
  readonly secondaryKey: string;
}

/**
 * The service side of one hub. What it promises rejects with a HubhandError of a `ServiceFailureCode`, whose details
 * are `{ reason }`, a short stable word. Nothing is tried twice.
 */
export interface ServiceClient {
  /** Calls a direct method and waits for the device's answer. */
  invokeMethod(call: MethodInvocation): Promise<MethodResponse>;
  /** Finds the device, or creates it with keys that the hub makes. The policy needs rights on the registry. */
  ensureDevice(deviceId: string): Promise<DeviceKeys>;
}

/** azure-iothub tries 429, 500 and 503 again for up to four minutes: too long to wait, and a second call may do harm. */
const NO_RETRY = { shouldRetry: () => false, nextRetryTimeout: () => -1 };

/**
 * Makes the service side of a hub, on Microsoft's azure-iothub. It opens no connection before it is asked something,
 * and holds none afterwards: there is nothing to close.
 * @throws HubhandError CONFIG_INVALID if the connection string or the CA file cannot be used
 */
export function createServiceClient(options: ServiceClientOptions): ServiceClient {
  const { reachMs = 15_000, graceMs = 10_000 } = options;
  const connection = parseServiceConnectionString(options.connectionString, options.origin);
  const ca = options.ca ?? (options.caFile === undefined ? undefined : readCaFile(options.caFile));
  const send = createRequests({ connection, ca, reachMs });

  return {
    async invokeMethod(call) {
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
      return await send({ target, answerMs }, async ({ config, rest }) => {
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
    },
    ensureDevice: (deviceId) => ensureDevice({ send, deviceId, answerMs: graceMs }),
  };
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

async function ensureDevice(options: {
  send: SendRequest;
  deviceId: string;
  answerMs: number;
}): Promise<DeviceKeys> {
  const { send, deviceId, answerMs } = options;
  const request = { target: `device ${JSON.stringify(deviceId)}`, answerMs };
  const get = () =>
    send(
      request,
      async ({ config, rest }) => (await new iothub.Registry(config, rest).get(deviceId)).responseBody,
    );
  const create = () =>
    send(
      request,
      async ({ config, rest }) => (await new iothub.Registry(config, rest).create({ deviceId })).responseBody,
    );

  if (deviceId === "") throw new HubhandError("CALL_INVALID", "The device id is empty.");
  const device = await get()
    .catch((error: unknown) => (isUnknown(error) ? create() : Promise.reject(error)))
    // Someone else was quicker.
    .catch((error: unknown) => (existsAlready(error) ? get() : Promise.reject(error)));
  const keys = device.authentication?.symmetricKey;
  if (!keys?.primaryKey) {
    throw new HubhandError(
      "CALL_INVALID",
      `The device ${JSON.stringify(deviceId)} has no keys: it logs in another way.`,
    );
  }
  return { deviceId, primaryKey: keys.primaryKey, secondaryKey: keys.secondaryKey };
}

const isUnknown = (error: unknown): boolean =>
  error instanceof HubhandError && error.code === "DEVICE_UNKNOWN";

/** The hub says it by name or by number. */
function existsAlready(error: unknown): boolean {
  if (!(error instanceof HubhandError)) return false;
  const { reason } = error.details as { reason?: unknown };
  return reason === "DeviceAlreadyExists" || reason === "409001";
}
