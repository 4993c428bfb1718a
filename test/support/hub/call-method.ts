import { readFile } from "node:fs/promises";
import type { LocalHub } from "../../../src/local-hub/index.ts";
import { serviceClient } from "../../local-hub/support/clients.ts";

export interface CallMethod {
  readonly methodName: string;
  readonly payload?: unknown;
  readonly responseTimeoutInSeconds?: number;
  readonly connectTimeoutInSeconds?: number;
}

/** A hub as its back end knows it: in this process, or in another with its CA in a file. */
export type CalledHub = Pick<LocalHub, "httpsPort" | "serviceConnectionString"> & {
  ca?: string;
  caFile?: string | undefined;
};

/** Calls a direct method as a back end would, with Microsoft's service SDK; rejects as that does. */
export async function callMethod(
  hub: CalledHub,
  deviceId: string,
  call: CallMethod,
): Promise<{ status: number; payload: unknown }> {
  return (await methodCaller(hub))(deviceId, call);
}

/** The same for many calls, over one client. */
export async function methodCaller(
  hub: CalledHub,
): Promise<(deviceId: string, call: CallMethod) => Promise<{ status: number; payload: unknown }>> {
  const ca = hub.ca ?? (await readFile(hub.caFile ?? "", "utf8"));
  const { httpsPort, serviceConnectionString } = hub;
  const client = serviceClient({ httpsPort, serviceConnectionString, ca });
  return async (
    deviceId,
    { methodName, payload = null, responseTimeoutInSeconds = 30, connectTimeoutInSeconds = 0 },
  ) => {
    const { result } = await client.invokeDeviceMethod(deviceId, {
      methodName,
      payload,
      responseTimeoutInSeconds,
      connectTimeoutInSeconds,
    });
    return { status: result.status, payload: result.payload };
  };
}
