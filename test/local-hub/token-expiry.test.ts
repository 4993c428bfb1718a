import { expect, onTestFinished, test } from "vitest";
import { startTestHub } from "./support/hub.ts";
import { connectRawDevice, deviceToken } from "./support/raw-device.ts";

test("a connection ends when its token does", async () => {
  const { hub, seen } = await startTestHub({ devices: ["dev1"] });
  const password = deviceToken({ hub, deviceId: "dev1", expiresIn: 1 });
  const expiresAt = Number(/se=(\d+)/.exec(password)?.[1]) * 1000;
  const device = await connectRawDevice({ hub, deviceId: "dev1", password });
  await device.closed;
  // The timers of Node may be a millisecond early.
  expect(Date.now()).toBeGreaterThanOrEqual(expiresAt - 5);
  expect((await seen("disconnected")).reason).toContain("401003");
});

test("a token let in past its expiry, for the clock skew, does not end its connection at once", async () => {
  const { hub } = await startTestHub({ devices: ["dev1"] });
  const password = deviceToken({ hub, deviceId: "dev1", expiresIn: -200 });
  const device = await connectRawDevice({ hub, deviceId: "dev1", password });
  await device.ping();
});

test("a token that lasts longer than any timer does not end its connection, nor spin one", async () => {
  const warnings: Error[] = [];
  const note = (warning: Error) => void warnings.push(warning);
  process.on("warning", note);
  onTestFinished(() => void process.off("warning", note));
  const { hub } = await startTestHub({ devices: ["dev1"] });
  const password = deviceToken({ hub, deviceId: "dev1", expiresIn: 10 * 365 * 24 * 3600 });
  const device = await connectRawDevice({ hub, deviceId: "dev1", password });
  await device.ping();
  expect(warnings).toEqual([]);
});
