import { expect, test } from "vitest";
import type { Packet } from "../../src/local-hub/mqtt-face/aedes-internals.ts";
import { applyRules } from "../../src/local-hub/mqtt-face/rules.ts";
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

test("a device that wants no keep-alive, or a longer one, has the longest of the service", () => {
  const granted = [0, 60, 65_535].map((keepalive) => {
    const connect = { cmd: "connect", clientId: "dev1", keepalive } as Packet & { cmd: "connect" };
    applyRules(connect, "dev1");
    return connect.keepalive;
  });
  expect(granted).toEqual([1178, 60, 1178]);
});
