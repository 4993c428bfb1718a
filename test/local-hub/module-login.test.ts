import { expect, test } from "vitest";
import type { LocalHub } from "../../src/local-hub/index.ts";
import { startTestHub } from "./support/hub.ts";
import { moduleToken } from "./support/identity-clients.ts";
import { connectRawDevice, deviceToken, type LoginOptions, openRawDevice } from "./support/raw-device.ts";
import { keyIn, makeToken } from "./support/token.ts";

const NOT_AUTHORIZED = 5;
const MODULE = { deviceId: "dev1", moduleId: "mod1" };

async function hubWithModule() {
  const test = await startTestHub({ devices: ["dev1"] });
  await test.hub.modules.create(MODULE);
  await test.hub.modules.create({ ...MODULE, moduleId: "mod2" });
  return test;
}

async function loginWith(hub: LocalHub, options: Partial<LoginOptions>): Promise<number> {
  const device = await openRawDevice(hub);
  const password = moduleToken({ hub, ...MODULE });
  return (await device.login({ hub, deviceId: "dev1/mod1", password, ...options })).returnCode;
}

test.each<[string, (hub: LocalHub) => Partial<LoginOptions>]>([
  ["with its own key", () => ({})],
  [
    "with its secondary key",
    (hub) => ({
      password: makeToken({
        resource: "localhost/devices/dev1/modules/mod1",
        key: hub.modules.get("dev1", "mod1")?.secondaryKey ?? "",
      }),
    }),
  ],
  [
    "with the key of a hub policy",
    (hub) => ({
      password: makeToken({
        resource: "localhost",
        key: keyIn(hub.serviceConnectionString),
        policyName: "iothubowner",
      }),
    }),
  ],
  ["in the older form of the user name", () => ({ userName: "h/dev1/mod1/api-version=2018-06-30" })],
  [
    "with a will of its own",
    () => ({ will: { topic: "devices/dev1/modules/mod1/messages/events/", payload: "" } }),
  ],
])("a module gets in %s", async (_how, options) => {
  const { hub } = await hubWithModule();
  expect(await loginWith(hub, options(hub))).toBe(0);
  expect(hub.isConnected("dev1", "mod1")).toBe(true);
  expect(hub.isConnected("dev1")).toBe(false);
});

test.each<[string, RegExp, (hub: LocalHub) => Partial<LoginOptions>]>([
  ["its device's token", /another resource/, (hub) => ({ password: deviceToken({ hub, deviceId: "dev1" }) })],
  [
    "a token for it that its device's key signed",
    /signature/,
    (hub) => ({
      password: makeToken({
        resource: "localhost/devices/dev1/modules/mod1",
        key: keyIn(hub.deviceConnectionString("dev1")),
      }),
    }),
  ],
  [
    "the token of another module",
    /another resource/,
    (hub) => ({ password: moduleToken({ hub, ...MODULE, moduleId: "mod2" }) }),
  ],
  ["a user name of its device", /client id/, () => ({ userName: "localhost/dev1/?api-version=2021-04-12" })],
  ["a name that is not registered", /no such module/, () => ({ deviceId: "dev1/mod3" })],
  ["a name of three parts", /user name/, () => ({ deviceId: "dev1/mod1/x" })],
  ["a name without module", /user name/, () => ({ deviceId: "dev1/" })],
  ["its device's will", /will/, () => ({ will: { topic: "devices/dev1/messages/events/", payload: "bye" } })],
])("a module is refused with %s", async (_what, reason, options) => {
  const { hub, seen } = await hubWithModule();
  expect(await loginWith(hub, options(hub))).toBe(NOT_AUTHORIZED);
  expect((await seen("refused")).reason).toMatch(reason);
});

test("a device is refused with the token of its module", async () => {
  const { hub } = await hubWithModule();
  expect(await loginWith(hub, { deviceId: "dev1" })).toBe(NOT_AUTHORIZED);
});

test.each<[string, (hub: LocalHub) => Promise<unknown>]>([
  ["deleted", (hub) => hub.modules.delete("dev1", "mod1")],
  [
    "given another key",
    (hub) => hub.modules.update({ ...MODULE, primaryKey: Buffer.alloc(32, 7).toString("base64") }),
  ],
  ["disconnected on request", async (hub) => hub.disconnect("dev1", "mod1")],
  ["of a device that is disabled", (hub) => hub.registry.update({ deviceId: "dev1", status: "disabled" })],
  ["of a device that is deleted", (hub) => hub.registry.delete("dev1")],
])("a module that is %s loses its connection", async (_what, change) => {
  const { hub, seen } = await hubWithModule();
  const password = moduleToken({ hub, ...MODULE });
  const module = await connectRawDevice({ hub, deviceId: "dev1/mod1", password, methods: true });
  await change(hub);
  await module.closed;
  expect(await seen("disconnected")).toMatchObject(MODULE);
  expect(hub.isConnected("dev1", "mod1")).toBe(false);
});

test("a module of a disabled device is let in again when the device is", async () => {
  const { hub, seen } = await hubWithModule();
  await hub.registry.update({ deviceId: "dev1", status: "disabled" });
  expect(await loginWith(hub, {})).toBe(NOT_AUTHORIZED);
  expect(await seen("refused")).toMatchObject({ ...MODULE, reason: expect.stringContaining("disabled") });
  await hub.registry.update({ deviceId: "dev1", status: "enabled" });
  expect(await loginWith(hub, {})).toBe(0);
});

test("a device made again has no modules, and a module made again no session of its predecessor", async () => {
  const { hub } = await hubWithModule();
  const login = { hub, deviceId: "dev1/mod1" };
  const first = await connectRawDevice({
    ...login,
    password: moduleToken({ hub, ...MODULE }),
    methods: true,
  });
  await hub.registry.delete("dev1");
  await first.closed;
  await hub.registry.create({ deviceId: "dev1" });
  expect(hub.modules.list()).toEqual([]);
  await hub.modules.create(MODULE);
  const second = await connectRawDevice({ ...login, password: moduleToken({ hub, ...MODULE }) });
  expect(second.sessionPresent).toBe(false);
});
