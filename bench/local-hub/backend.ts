import iothub from "azure-iothub";
import { leadToHub } from "../../src/local-hub/index.ts";
import type { Reachable } from "./children.ts";

/** Microsoft's service client, unmodified, on connections that stay open. */
export function openBackend(reachable: Reachable): { call(deviceId: string): Promise<void> } {
  const client = iothub.Client.fromConnectionString(reachable.serviceConnectionString);
  client.setRetryPolicy({ shouldRetry: () => false, nextRetryTimeout: () => -1 } as never);
  leadToHub(client, reachable, { maxSockets: 64 });
  const payload = { on: true };
  return {
    async call(deviceId) {
      const { result } = await client.invokeDeviceMethod(deviceId, { methodName: "any", payload });
      if (result.status !== 200) throw new Error(`${deviceId} answered ${JSON.stringify(result)}`);
    },
  };
}
