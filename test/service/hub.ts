import { Client, type DeviceMethodRequest, type DeviceMethodResponse } from "azure-iot-device";
import { Mqtt } from "azure-iot-device-mqtt";
import { onTestFinished } from "vitest";
import { type LocalHub, startLocalHub } from "../../src/local-hub/index.ts";

export interface TestHub {
  readonly hub: LocalHub;
  /** Connects Microsoft's device client, and resolves when it listens to this method. */
  listen(options: {
    deviceId: string;
    methodName: string;
    handler: (request: DeviceMethodRequest, response: DeviceMethodResponse) => void;
  }): Promise<void>;
}

/** A local hub with these devices; it ends with the test. */
export async function startHub(...deviceIds: string[]): Promise<TestHub> {
  const subscribers = new Map<string, () => void>();
  const hub = await startLocalHub({
    log(event) {
      if (event.event === "subscribed") subscribers.get(event.deviceId)?.();
    },
  });
  onTestFinished(() => hub.stop());
  for (const deviceId of deviceIds) await hub.registry.create({ deviceId });

  return {
    hub,
    async listen({ deviceId, methodName, handler }) {
      const subscribed = new Promise<void>((resolve) => subscribers.set(deviceId, resolve));
      const client = Client.fromConnectionString(hub.deviceConnectionString(deviceId), Mqtt);
      client.setRetryPolicy({ shouldRetry: () => false, nextRetryTimeout: () => -1 });
      client.on("error", () => {});
      await client.setOptions({ ca: hub.ca });
      await client.open();
      onTestFinished(async () => {
        await client.close();
      });
      client.onDeviceMethod(methodName, handler);
      await subscribed;
    },
  };
}

/** The tutorial's device. */
export const answersAsTheTutorial = (_request: DeviceMethodRequest, response: DeviceMethodResponse): void => {
  response.send(200, { Response: "This is the response from the device" }, () => {});
};
