import type { LocalHub } from "../../../src/local-hub/index.ts";
import { methodCaller } from "../hub/call-method.ts";

/** Several at once, so that those that go one after the other wait. */
const ROUND = [
  ...["quick", "quick", "failing", "slow", "filled", "watered", "again", "not-there"],
  ...["oneAtATime", "oneAtATime", "oneAtATime", "oneAtATime"],
];

/** Calls a device, sends to it and desires what it refuses, over and over; returns what ends that. */
export async function keepBusy(hub: LocalHub, deviceId: string): Promise<() => Promise<void>> {
  const call = await methodCaller(hub);
  let going = true;
  async function rounds(): Promise<void> {
    for (let round = 0; going; round += 1) {
      hub.twins.patch(deviceId, { properties: { desired: { logLevel: `nonsense ${round}` } } });
      await hub.messages.send(deviceId, { payload: "{}", properties: { type: "valve" } });
      await Promise.allSettled(ROUND.map((methodName) => call(deviceId, { methodName, payload: null })));
    }
  }
  const over = rounds();
  return async () => {
    going = false;
    await over;
  };
}
