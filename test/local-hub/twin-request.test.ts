import { expect, onTestFinished, test } from "vitest";
import { connectDevice } from "./support/clients.ts";
import { startTestHub } from "./support/hub.ts";

test("a request for the twin, which this hub does not have yet, is answered with an error and harms nothing", async () => {
  const { hub } = await startTestHub({ devices: ["dev1"] });
  const device = await connectDevice({ hub, deviceId: "dev1" });
  onTestFinished(async () => {
    await device.close();
  });
  await expect(device.getTwin()).rejects.toThrow();
  expect(hub.isConnected("dev1")).toBe(true);
});
