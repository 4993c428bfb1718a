import iothub from "azure-iothub";
import { leadToHub } from "../../src/local-hub/index.ts";
import type { Reachable } from "../support/children.ts";

/** Microsoft's service client, unmodified, on connections that stay open. */
export function openBackend(reachable: Reachable): {
  /** Of the method `any` if nothing else is said. */
  call(deviceId: string, what?: { methodName: string; payload: unknown }): Promise<void>;
} {
  const client = iothub.Client.fromConnectionString(reachable.serviceConnectionString);
  client.setRetryPolicy({ shouldRetry: () => false, nextRetryTimeout: () => -1 } as never);
  leadToHub(client, reachable, { maxSockets: 64 });
  const any = { methodName: "any", payload: { on: true } };
  return {
    async call(deviceId, what = any) {
      const { result } = await client.invokeDeviceMethod(deviceId, what);
      if (result.status !== 200) throw new Error(`${deviceId} answered ${JSON.stringify(result)}`);
    },
  };
}
