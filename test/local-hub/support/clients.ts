import type { Agent } from "node:https";
import {
  Client as DeviceClient,
  type DeviceMethodRequest,
  type DeviceMethodResponse,
} from "azure-iot-device";
import { Mqtt, MqttWs } from "azure-iot-device-mqtt";
import iothub, { type Registry, type Client as ServiceClient } from "azure-iothub";
import { type LocalHub, leadToHub } from "../../../src/local-hub/index.ts";

/** The SDKs' own NoRetry, spelt out: they would otherwise hide a refusal behind minutes of attempts. */
const NO_RETRY = { shouldRetry: () => false, nextRetryTimeout: () => -1 };

/** What a back end has to know of the hub. */
export type ReachableHub = Pick<LocalHub, "httpsPort" | "ca" | "serviceConnectionString">;

/** Microsoft's service client, unmodified. */
export function serviceClient(
  hub: ReachableHub,
  connectionString: string = hub.serviceConnectionString,
): ServiceClient {
  const client = leadToHub(iothub.Client.fromConnectionString(connectionString), hub);
  client.setRetryPolicy(NO_RETRY);
  return client;
}

/** Microsoft's registry client, unmodified. */
export function registryClient(
  hub: ReachableHub,
  connectionString: string = hub.serviceConnectionString,
): Registry {
  return leadToHub(iothub.Registry.fromConnectionString(connectionString), hub);
}

export type MethodHandler = (request: DeviceMethodRequest, response: DeviceMethodResponse) => void;

/**
 * Microsoft's device client, unmodified, connected; with its methods it is subscribed too. With `webSocketAgent` it goes
 * over WebSockets, and the agent makes their connections.
 */
export async function connectDevice(options: {
  hub: LocalHub;
  deviceId: string;
  methods?: Record<string, MethodHandler>;
  webSocketAgent?: Agent;
}): Promise<DeviceClient> {
  const { hub, deviceId, methods = {}, webSocketAgent } = options;
  const webSockets = webSocketAgent !== undefined;
  const connectionString = hub.deviceConnectionString(deviceId, { webSockets });
  const client = DeviceClient.fromConnectionString(connectionString, webSockets ? MqttWs : Mqtt);
  client.setRetryPolicy(NO_RETRY);
  await client.setOptions({ ca: hub.ca, ...(webSocketAgent ? { mqtt: { webSocketAgent } } : {}) });
  client.on("error", () => {});
  await client.open();
  for (const [name, handler] of Object.entries(methods)) client.onDeviceMethod(name, handler);
  return client;
}
