import { expect, test } from "vitest";
import { startTestHub } from "./support/hub.ts";
import { connectRawDevice } from "./support/raw-device.ts";

test("a device that is silent for 1.5 times its keep-alive is disconnected", async () => {
  const { hub, seen } = await startTestHub({ devices: ["dev1"] });
  const startedAt = performance.now();
  const device = await connectRawDevice({ hub, deviceId: "dev1", keepAlive: 1 });
  await device.closed;
  expect(performance.now() - startedAt).toBeGreaterThan(1_400);
  expect((await seen("disconnected")).reason).toContain("keep-alive");
});
