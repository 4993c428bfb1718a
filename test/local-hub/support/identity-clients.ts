import type { ConnectionOptions } from "node:tls";
import { Client as DeviceClient, ModuleClient } from "azure-iot-device";
import { Mqtt } from "azure-iot-device-mqtt";
import { onTestFinished } from "vitest";
import type { LocalHub, ReachedBy } from "../../../src/local-hub/index.ts";
import type { TestCertificate } from "../../support/certificates.ts";
import type { MethodHandler } from "./clients.ts";
import { openRawDevice, type RawDevice } from "./raw-device.ts";
import { keyIn, makeToken } from "./token.ts";

const NO_RETRY = { shouldRetry: () => false, nextRetryTimeout: () => -1 };

/** Microsoft's module client, unmodified, connected until the test ends; with its methods it is subscribed too. */
export async function connectModule(options: {
  hub: LocalHub;
  deviceId: string;
  moduleId: string;
  reachedBy?: ReachedBy;
  methods?: Record<string, MethodHandler>;
}): Promise<ModuleClient> {
  const { hub, deviceId, moduleId, reachedBy, methods = {} } = options;
  const client = ModuleClient.fromConnectionString(
    hub.moduleConnectionString(deviceId, moduleId, reachedBy),
    Mqtt,
  );
  await open(client, { ca: hub.ca });
  for (const [name, handler] of Object.entries(methods)) {
    client.onMethod(name, (request, response) => {
      if (request && response) handler(request, response);
    });
  }
  return client;
}

/** Microsoft's device client with a certificate in place of a key, connected until the test ends. */
export async function connectByCertificate(options: {
  hub: LocalHub;
  deviceId: string;
  credentials: { cert: string; key: string; passphrase?: string };
}): Promise<DeviceClient> {
  const { hub, deviceId, credentials } = options;
  const client = DeviceClient.fromConnectionString(hub.deviceConnectionString(deviceId), Mqtt);
  await open(client, { ca: hub.ca, ...credentials });
  return client;
}

/** Microsoft's device client below a gateway, connected until the test ends. */
export async function connectBelowGateway(options: {
  hub: LocalHub;
  deviceId: string;
  reachedBy: ReachedBy;
}): Promise<DeviceClient> {
  const { hub, deviceId, reachedBy } = options;
  const client = DeviceClient.fromConnectionString(hub.deviceConnectionString(deviceId, reachedBy), Mqtt);
  await open(client, { ca: hub.ca });
  return client;
}

async function open(client: DeviceClient | ModuleClient, options: Record<string, string>): Promise<void> {
  client.setRetryPolicy(NO_RETRY);
  client.on("error", () => {});
  await client.setOptions(options);
  await client.open();
  onTestFinished(async () => {
    await client.close();
  });
}

/** A token of the module's own primary key. */
export function moduleToken(options: { hub: LocalHub; deviceId: string; moduleId: string }): string {
  const { hub, deviceId, moduleId } = options;
  return makeToken({
    resource: `localhost/devices/${deviceId}/modules/${moduleId}`,
    key: keyIn(hub.moduleConnectionString(deviceId, moduleId)),
  });
}

/** MQTT by hand, over TLS that showed this certificate; nothing said yet. */
export function openRawDeviceWith(
  hub: LocalHub,
  { certificate, privateKey, ...tls }: TestCertificate & ConnectionOptions,
): Promise<RawDevice> {
  return openRawDevice(hub, { cert: certificate, key: privateKey, ...tls });
}
