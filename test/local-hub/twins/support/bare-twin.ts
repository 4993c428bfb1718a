import type { LocalHub } from "../../../../src/local-hub/index.ts";
import { connectRawDevice, type RawDevice } from "../../support/raw-device.ts";
import { callRest, type RestAnswer } from "../../support/rest.ts";

export const ANSWERS = { topic: "$iothub/twin/res/#" };
export const DESIRED = { topic: "$iothub/twin/PATCH/properties/desired/#" };

/** A call of the REST API about the twin of dev1. */
export function twin(
  hub: LocalHub,
  method: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<RestAnswer> {
  return callRest({ hub, method, path: "/twins/dev1", body, headers });
}

/** A device that listens for answers and changes. */
export async function listener(hub: LocalHub): Promise<RawDevice> {
  const device = await connectRawDevice({ hub, deviceId: "dev1" });
  await device.subscribe([ANSWERS, DESIRED]);
  return device;
}

/** What dev1 reports of itself; `query` has the request id. */
export function report(device: RawDevice, query: string, payload: string | Buffer): void {
  device.publish(`$iothub/twin/PATCH/properties/reported/?${query}`, payload);
}

/** The next that the device hears: its topic, and its body taken apart. */
export async function answerOf(device: RawDevice): Promise<{ topic: string; body: unknown }> {
  const { topic, payload } = await device.nextPublish();
  return { topic, body: payload === "" ? "" : JSON.parse(payload) };
}
