import { expect, test } from "vitest";
import type { LocalHub } from "../../src/local-hub/index.ts";
import { createTestCertificate, lockKey, thumbprintsOf } from "../support/certificates.ts";
import { registryClient } from "./support/clients.ts";
import { startTestHub } from "./support/hub.ts";
import { connectByCertificate, openRawDeviceWith } from "./support/identity-clients.ts";
import { openRawDevice, openRawWebSocketDevice } from "./support/raw-device.ts";
import { keyIn, makeToken } from "./support/token.ts";

const NOT_AUTHORIZED = 5;
const DAY = 24 * 60 * 60_000;

async function hubWithDevice() {
  const identity = await createTestCertificate({ commonName: "whatever" });
  const { sha256 } = thumbprintsOf(identity.certificate);
  const { hub, seen } = await startTestHub();
  await hub.registry.create({ deviceId: "dev1", primaryThumbprint: sha256 });
  return { hub, seen, identity, credentials: { cert: identity.certificate, key: identity.privateKey } };
}

async function loginWith(
  hub: LocalHub,
  identity: Parameters<typeof openRawDeviceWith>[1],
  deviceId = "dev1",
): Promise<number> {
  const device = await openRawDeviceWith(hub, identity);
  return (await device.login({ hub, deviceId, password: "" })).returnCode;
}

test("Microsoft's device client gets in by a certificate whose thumbprint is registered", async () => {
  const { hub, seen, credentials } = await hubWithDevice();
  expect(hub.deviceConnectionString("dev1")).toBe(
    `HostName=localhost:${hub.mqttPort};DeviceId=dev1;x509=true`,
  );
  await connectByCertificate({ hub, deviceId: "dev1", credentials });
  expect(await seen("connected")).toMatchObject({ deviceId: "dev1" });
});

test("it does so with a key that a passphrase locks", async () => {
  const { hub, identity } = await hubWithDevice();
  const key = lockKey(identity.privateKey, "open sesame");
  const credentials = { cert: identity.certificate, key, passphrase: "open sesame" };
  await connectByCertificate({ hub, deviceId: "dev1", credentials });
  expect(hub.isConnected("dev1")).toBe(true);
});

const colons = (hex: string) => hex.match(/../g)?.join(":") ?? "";

test.each<[string, (thumbprints: { sha1: string; sha256: string }) => Record<string, string>]>([
  ["SHA-1", ({ sha1 }) => ({ primaryThumbprint: sha1 })],
  ["SHA-1 in small letters, with colons", ({ sha1 }) => ({ primaryThumbprint: colons(sha1).toLowerCase() })],
  ["SHA-256 with colons", ({ sha256 }) => ({ primaryThumbprint: colons(sha256) })],
  [
    "its secondary thumbprint",
    ({ sha256 }) => ({ primaryThumbprint: "A".repeat(40), secondaryThumbprint: sha256 }),
  ],
  ["its secondary thumbprint alone", ({ sha256 }) => ({ secondaryThumbprint: sha256.toLowerCase() })],
])("a certificate is known by %s", async (_how, thumbprints) => {
  const { hub, identity } = await hubWithDevice();
  const given = thumbprints(thumbprintsOf(identity.certificate));
  await hub.registry.create({ deviceId: "dev2", ...given });
  expect(await loginWith(hub, identity, "dev2")).toBe(0);
});

test("the dates of a self-signed certificate do not matter: it is known by its thumbprint", async () => {
  const { hub } = await hubWithDevice();
  const now = Date.now();
  const old = await createTestCertificate({ commonName: "x", validFrom: now - 9 * DAY, validTo: now - DAY });
  await hub.registry.update({ deviceId: "dev1", primaryThumbprint: thumbprintsOf(old.certificate).sha1 });
  expect(await loginWith(hub, old)).toBe(0);
});

test("another certificate is refused, and so is none", async () => {
  const { hub, seen } = await hubWithDevice();
  expect(await loginWith(hub, await createTestCertificate({ commonName: "dev1" }))).toBe(NOT_AUTHORIZED);
  expect((await seen("refused")).reason).toContain("another thumbprint");
  const bare = await openRawDevice(hub);
  expect((await bare.login({ hub, deviceId: "dev1", password: "" })).returnCode).toBe(NOT_AUTHORIZED);
  expect((await seen("refused", { count: 2 })).reason).toContain("no certificate");
});

test("a device that is registered with a certificate does not get in by a token, not even of the hub's owner", async () => {
  const { hub, seen } = await hubWithDevice();
  const key = keyIn(hub.serviceConnectionString);
  const password = makeToken({ resource: "localhost", key, policyName: "iothubowner" });
  const device = await openRawDevice(hub);
  expect((await device.login({ hub, deviceId: "dev1", password })).returnCode).toBe(NOT_AUTHORIZED);
  expect((await seen("refused")).reason).toContain("registered with a certificate");
});

test("a device that is registered with a key does not get in by a certificate, and may show one beside its token", async () => {
  const { hub, identity } = await hubWithDevice();
  await hub.registry.create({ deviceId: "dev2" });
  expect(await loginWith(hub, identity, "dev2")).toBe(NOT_AUTHORIZED);
  const device = await openRawDeviceWith(hub, identity);
  expect((await device.login({ hub, deviceId: "dev2" })).returnCode).toBe(0);
});

test.each<[string, (hub: LocalHub) => Promise<unknown>]>([
  [
    "given another thumbprint",
    (hub) => hub.registry.update({ deviceId: "dev1", primaryThumbprint: "B".repeat(64) }),
  ],
  ["given a key instead", (hub) => hub.registry.update({ deviceId: "dev1", authenticationType: "sas" })],
  ["disabled", (hub) => hub.registry.update({ deviceId: "dev1", status: "disabled" })],
  ["deleted", (hub) => hub.registry.delete("dev1")],
])("a device that is %s loses its connection", async (_what, change) => {
  const { hub, identity } = await hubWithDevice();
  const device = await openRawDeviceWith(hub, identity);
  await device.login({ hub, deviceId: "dev1", password: "" });
  await change(hub);
  await device.closed;
  expect(hub.isConnected("dev1")).toBe(false);
});

test("a new secondary thumbprint does not end a connection that the primary one let in", async () => {
  const { hub, identity } = await hubWithDevice();
  const device = await openRawDeviceWith(hub, identity);
  await device.login({ hub, deviceId: "dev1", password: "" });
  await hub.registry.update({ deviceId: "dev1", secondaryThumbprint: "B".repeat(64) });
  await device.ping();
});

test("it gets in over WebSockets too", async () => {
  const { hub, credentials } = await hubWithDevice();
  const device = await openRawWebSocketDevice(hub, credentials);
  expect((await device.login({ hub, deviceId: "dev1", password: "" })).returnCode).toBe(0);
});

test("a module gets in by a certificate too", async () => {
  const { hub, identity } = await hubWithDevice();
  const { sha256 } = thumbprintsOf(identity.certificate);
  await hub.modules.create({ deviceId: "dev1", moduleId: "mod1", primaryThumbprint: sha256 });
  expect(hub.moduleConnectionString("dev1", "mod1")).toMatch(/;DeviceId=dev1;ModuleId=mod1;x509=true$/);
  expect(await loginWith(hub, identity, "dev1/mod1")).toBe(0);
});

test("Microsoft's registry client makes such a device, and reads its thumbprints and no keys", async () => {
  const { hub } = await startTestHub();
  const registry = registryClient(hub);
  const x509Thumbprint = { primaryThumbprint: "A".repeat(64), secondaryThumbprint: "B".repeat(40) };
  await registry.create({ deviceId: "dev1", authentication: { x509Thumbprint } });
  const { authentication } = (await registry.get("dev1")).responseBody;
  expect(authentication).toEqual({
    type: "selfSigned",
    x509Thumbprint,
    symmetricKey: { primaryKey: null, secondaryKey: null },
  });
});
