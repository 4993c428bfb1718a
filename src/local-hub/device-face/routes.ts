import type { X509Certificate } from "node:crypto";
import { HubError } from "../hub-error.ts";
import { type AuthenticationContext, checkProof } from "../mqtt-face/authentication.ts";
import type { Answer } from "../service-face/answers.ts";
import type { Route } from "../service-face/routing.ts";

/** A call of a device, and what it proves itself with. */
export interface DeviceRequest {
  readonly parameters: Readonly<Record<string, string>>;
  /** The Authorization header: the device's token. */
  readonly authorization: string | undefined;
  /** The certificate of its TLS handshake. */
  certificate(): X509Certificate | undefined;
}

/** One operation of devices over HTTPS. */
export interface DeviceRoute extends Pick<Route, "method" | "path"> {
  handle(request: DeviceRequest): Answer;
}

/**
 * What devices ask over HTTPS: to settle a message, which is as far as this hub goes. It hands out none that way, so none is
 * ever locked: whoever is let in is answered 412002 (learn.microsoft.com, REST "Device", and "Understand and resolve Azure
 * IoT Hub errors").
 */
export function deviceFaceRoutes(context: AuthenticationContext): DeviceRoute[] {
  const settle = ({ parameters: { deviceId = "" }, ...proof }: DeviceRequest): never => {
    admit(deviceId, proof, context);
    throw new HubError("DeviceMessageLockLost", "the message is not locked, or not any more");
  };
  // Microsoft's pages write it in both ways.
  return ["deviceBound", "devicebound"].flatMap((queue): DeviceRoute[] => {
    const message = `/devices/{deviceId}/messages/${queue}/{lockToken}`;
    return [
      { method: "POST", path: `${message}/abandon`, handle: settle },
      { method: "DELETE", path: message, handle: settle },
    ];
  });
}

/**
 * Lets the device in, or says why not, in the words that Microsoft quotes for 401003. What a disabled one is told is nowhere
 * written: here what a caller of its methods is. @throws HubError IotHubUnauthorized, DeviceDisabled
 */
function admit(
  deviceId: string,
  { authorization, certificate }: Omit<DeviceRequest, "parameters">,
  context: AuthenticationContext,
): void {
  const identity = context.identity(deviceId);
  if (identity === undefined) {
    const [hub = ""] = context.hostNames;
    const message = `IotHub '${hub}' does not contain the specified device '${deviceId}'`;
    throw new HubError("IotHubUnauthorized", message);
  }
  const isKey = identity.authenticationType === "sas";
  if (isKey && !authorization) throw new HubError("IotHubUnauthorized", "Authorization header missing");
  const options = { ...context, clientId: deviceId, identity, now: context.now() };
  if ("fault" in checkProof({ password: authorization, certificate }, options)) {
    const message = "Authentication failed for this device, renew token or certificate and reconnect";
    throw new HubError("IotHubUnauthorized", message);
  }
  if (identity.status === "disabled") throw new HubError("DeviceDisabled", deviceId);
}
