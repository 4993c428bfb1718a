import { Client } from "azure-iot-device";
import { Mqtt } from "azure-iot-device-mqtt";
import type { WaitingPolicy } from "./policies.ts";

/** What a new client of the SDK holds, as far as it decides when to try again. */
interface RetryingClient {
  readonly _retryPolicy: {
    readonly normalParameters: { c: number; cMin: number; cMax: number; ju: number; jd: number };
    nextRetryTimeout(retryCount: number, isThrottled: boolean): number;
  };
  readonly _maxOperationTimeout: number;
}

/** A client of the SDK that is never opened. */
export function sdkClient(): RetryingClient {
  const nobody = "HostName=nowhere.invalid;DeviceId=nobody;SharedAccessKey=bm8ga2V5";
  return Client.fromConnectionString(nobody, Mqtt) as unknown as RetryingClient;
}

/**
 * The SDK's own wait, with chance as an argument: `ExponentialBackOffWithJitter` in azure-iot-common, with the
 * numbers that a real client holds. Over MQTT a hub that refuses is to it a lost connection, never a throttle.
 * @param retryCount attempts in a row that failed, from 1
 */
export function sdkDelay({ _retryPolicy }: RetryingClient, retryCount: number, random: number): number {
  const { c, cMin, cMax, ju, jd } = _retryPolicy.normalParameters;
  const jitter = random * (c * (1 - ju) - c * (1 - jd));
  return Math.min(cMax, cMin + (2 ** (retryCount - 1) - 1) * jitter);
}

/** The SDK's: at once after a loss, then with its backoff, and never again after four minutes of failures. */
export function sdkPolicy(client: RetryingClient = sdkClient()): WaitingPolicy {
  return {
    name: "SDK",
    longestWait: client._retryPolicy.normalParameters.cMax,
    herd(devices) {
      const failures = new Uint16Array(devices);
      return ({ device, class: failure, offlineFor, random }) => {
        if (failure === "lost") return 0;
        if (offlineFor >= client._maxOperationTimeout) return undefined;
        const retryCount = (failures[device] ?? 0) + 1;
        failures[device] = retryCount;
        return sdkDelay(client, retryCount, random);
      };
    },
  };
}
