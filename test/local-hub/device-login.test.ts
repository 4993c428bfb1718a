import { describe, expect, onTestFinished, test } from "vitest";
import type { LocalHub } from "../../src/local-hub/index.ts";
import { connectDevice } from "./support/clients.ts";
import { startTestHub } from "./support/hub.ts";
import { deviceToken, type LoginOptions, openRawDevice } from "./support/raw-device.ts";
import { keyIn, makeToken } from "./support/token.ts";

const NOT_AUTHORIZED = 5;

async function loginWith(hub: LocalHub, options: Partial<LoginOptions> = {}): Promise<number> {
  const device = await openRawDevice(hub);
  return (await device.login({ hub, deviceId: "dev1", ...options })).returnCode;
}

const deviceKey = (hub: LocalHub) => keyIn(hub.deviceConnectionString("dev1"));
const ownerKey = (hub: LocalHub) => keyIn(hub.serviceConnectionString);

describe("a device gets in", () => {
  test("with Microsoft's client and its connection string", async () => {
    const { hub, seen } = await startTestHub({ devices: ["dev1"] });
    const device = await connectDevice({ hub, deviceId: "dev1" });
    onTestFinished(async () => {
      await device.close();
    });
    expect(await seen("connected")).toMatchObject({ deviceId: "dev1", cleanSession: false });
    expect(hub.isConnected("dev1")).toBe(true);
  });

  test.each<[string, (hub: LocalHub) => Partial<LoginOptions>]>([
    ["with its primary key", () => ({})],
    [
      "with its secondary key",
      (hub) => ({
        password: makeToken({
          resource: "localhost/devices/dev1",
          key: hub.registry.get("dev1")?.secondaryKey ?? "",
        }),
      }),
    ],
    [
      "with the key of a hub policy, for the whole hub",
      (hub) => ({
        password: makeToken({ resource: "localhost", key: ownerKey(hub), policyName: "iothubowner" }),
      }),
    ],
    [
      "with a token that expired less than five minutes ago: clocks differ",
      (hub) => ({ password: deviceToken({ hub, deviceId: "dev1", expiresIn: -240 }) }),
    ],
    [
      "with the hub's port and another spelling of its name in the token",
      (hub) => ({ password: makeToken({ resource: "LOCALHOST:8883/devices/dev1", key: deviceKey(hub) }) }),
    ],
    [
      "whatever host its user name says",
      () => ({ userName: "hub.example.net/dev1/?api-version=2021-04-12" }),
    ],
    ["in the older form of the user name", () => ({ userName: "h/dev1/api-version=2016-11-14" })],
    [
      "with more in the user name than we know",
      () => ({
        userName: "h/dev1/?api-version=2021-04-12&DeviceClientType=py%2F3&model-id=dtmi%3Aa%3Bb%3B1&new=1",
      }),
    ],
  ])("%s", async (_how, options) => {
    const { hub } = await startTestHub({ devices: ["dev1"] });
    expect(await loginWith(hub, options(hub))).toBe(0);
  });
});

describe("a device is refused with CONNACK 5", () => {
  test.each<[string, RegExp, (hub: LocalHub) => Partial<LoginOptions>]>([
    [
      "with a wrong key",
      /signature/,
      () => ({
        password: makeToken({ resource: "localhost/devices/dev1", key: Buffer.alloc(32).toString("base64") }),
      }),
    ],
    [
      "with a token that expired long ago",
      /expired/,
      (hub) => ({ password: deviceToken({ hub, deviceId: "dev1", expiresIn: -301 }) }),
    ],
    [
      "with a token for another device",
      /another resource/,
      (hub) => ({ password: makeToken({ resource: "localhost/devices/dev2", key: deviceKey(hub) }) }),
    ],
    [
      "with a token for a device whose id only begins like its own",
      /another resource/,
      (hub) => ({ password: makeToken({ resource: "localhost/devices/dev", key: deviceKey(hub) }) }),
    ],
    [
      "with its own key for the whole hub",
      /another resource/,
      (hub) => ({ password: makeToken({ resource: "localhost", key: deviceKey(hub) }) }),
    ],
    [
      "with a token for another hub",
      /does not answer to/,
      (hub) => ({ password: makeToken({ resource: "other.net/devices/dev1", key: deviceKey(hub) }) }),
    ],
    [
      "with a policy that does not exist",
      /policy/,
      (hub) => ({ password: makeToken({ resource: "localhost", key: ownerKey(hub), policyName: "x" }) }),
    ],
    [
      "with a policy that may not connect devices",
      /policy/,
      (hub) => ({
        password: makeToken({ resource: "localhost", key: ownerKey(hub), policyName: "service" }),
      }),
    ],
    ["without a token", /not a shared access signature/, () => ({ password: "secret" })],
    ["as an unknown device", /no such device/, () => ({ deviceId: "dev3", password: "x" })],
    [
      "with a client id that is not its device id",
      /client id/,
      (hub) => ({ clientId: "dev2", password: deviceToken({ hub, deviceId: "dev1" }) }),
    ],
    ["with its device id in other letters", /client id/, () => ({ clientId: "DEV1" })],
    ["without client id", /client id/, () => ({ clientId: "", clean: true })],
    ["without api-version", /api-version/, () => ({ userName: "localhost/dev1/?DeviceClientType=x" })],
    ["with a user name of another form", /user name/, () => ({ userName: "dev1" })],
    ["as a module", /module/, () => ({ userName: "localhost/dev1/mod1/?api-version=2021-04-12" })],
    [
      "with a will that is no device-to-cloud message",
      /will/,
      () => ({ will: { topic: "devices/dev2/messages/events/", payload: "bye" } }),
    ],
  ])("%s", async (_how, reason, options) => {
    const { hub, seen } = await startTestHub({ devices: ["dev1", "dev2"] });
    expect(await loginWith(hub, options(hub))).toBe(NOT_AUTHORIZED);
    expect((await seen("refused")).reason).toMatch(reason);
    expect(hub.isConnected("dev1")).toBe(false);
  });

  test("while it is disabled", async () => {
    const { hub } = await startTestHub({ devices: ["dev1"] });
    await hub.registry.update({ deviceId: "dev1", status: "disabled" });
    expect(await loginWith(hub)).toBe(NOT_AUTHORIZED);
    await hub.registry.update({ deviceId: "dev1", status: "enabled" });
    expect(await loginWith(hub)).toBe(0);
  });
});

test("a refused login does not end the connection of the device whose id it claims", async () => {
  const { hub } = await startTestHub({ devices: ["dev1"] });
  const device = await openRawDevice(hub);
  await device.login({ hub, deviceId: "dev1" });
  expect(await loginWith(hub, { password: "forged" })).toBe(NOT_AUTHORIZED);
  await device.ping();
});

test("no event carries a key or a token", async () => {
  const { hub, events } = await startTestHub({ devices: ["dev1"] });
  await loginWith(hub);
  await loginWith(hub, { password: deviceToken({ hub, deviceId: "dev1", expiresIn: -301 }) });
  const told = JSON.stringify(events);
  expect(told).not.toContain(deviceKey(hub));
  expect(told).not.toContain("sig=");
});
