import { SubscriptionRefused } from "./failure.ts";
import { METHODS_FILTER } from "./method-topics.ts";
import type { RawMqttClient } from "./raw-client.ts";

/**
 * Subscribes to direct methods, for the first time or again: calls back at the SUBACK and resolves after it, as a call
 * may come right behind it. It never resolves if the SUBACK never comes.
 * @throws SubscriptionRefused for 0x80, which mqtt.js takes for a success; whatever mqtt.js says if the connection ends
 */
export function subscribeToMethods(client: RawMqttClient, granted: () => void = () => {}): Promise<void> {
  return new Promise((resolve, reject) => {
    client.subscribe(METHODS_FILTER, { qos: 0 }, (error, grants) => {
      if (error) return reject(error);
      if (grants?.some(({ qos }) => qos > 2)) return reject(new SubscriptionRefused());
      granted();
      resolve();
    });
  });
}
