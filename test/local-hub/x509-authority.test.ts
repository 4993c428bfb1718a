import { once } from "node:events";
import { connect } from "node:tls";
import { expect, test } from "vitest";
import type { LocalHub } from "../../src/local-hub/index.ts";
import { createTestAuthority, createTestCertificate, type TestCertificate } from "../support/certificates.ts";
import { startTestHub } from "./support/hub.ts";
import { connectByCertificate, openRawDeviceWith } from "./support/identity-clients.ts";

const NOT_AUTHORIZED = 5;
const DAY = 24 * 60 * 60_000;

async function hubOfAuthority(now: () => number = Date.now) {
  const authority = await createTestAuthority();
  const { hub, seen } = await startTestHub({ trustedAuthorities: [authority.certificate], now });
  await hub.registry.create({ deviceId: "dev1", authenticationType: "certificateAuthority" });
  return { hub, seen, authority };
}

async function loginWith(
  hub: LocalHub,
  identity: Parameters<typeof openRawDeviceWith>[1],
  deviceId = "dev1",
): Promise<number> {
  const device = await openRawDeviceWith(hub, identity);
  return (await device.login({ hub, deviceId, password: "" })).returnCode;
}

/** A device's certificate by an authority below another, which comes with it. */
async function belowIntermediate(authority: Awaited<ReturnType<typeof createTestAuthority>>) {
  const intermediate = await createTestAuthority({ issuer: authority });
  const { certificate, privateKey } = await createTestCertificate({
    commonName: "dev1",
    issuer: intermediate,
  });
  return {
    alone: { certificate, privateKey },
    chained: { certificate: certificate + intermediate.certificate, privateKey },
  };
}

test("Microsoft's device client gets in by a certificate of a trusted authority that names the device", async () => {
  const { hub, seen, authority } = await hubOfAuthority();
  expect(hub.deviceConnectionString("dev1")).toMatch(/;DeviceId=dev1;x509=true$/);
  const identity = await createTestCertificate({ commonName: "dev1", issuer: authority });
  const credentials = { cert: identity.certificate, key: identity.privateKey };
  await connectByCertificate({ hub, deviceId: "dev1", credentials });
  expect(await seen("connected")).toMatchObject({ deviceId: "dev1" });
});

test("the authorities in between come with the certificate; without them it is refused", async () => {
  const { hub, authority } = await hubOfAuthority();
  const { alone, chained } = await belowIntermediate(authority);
  const credentials = { cert: chained.certificate, key: chained.privateKey };
  await connectByCertificate({ hub, deviceId: "dev1", credentials });
  expect(await loginWith(hub, alone)).toBe(NOT_AUTHORIZED);
});

test("a device that resumes its TLS session is let in again: the hub has the whole chain again", async () => {
  const { hub, authority } = await hubOfAuthority();
  const { chained } = await belowIntermediate(authority);
  const socket = connect({
    host: "127.0.0.1",
    port: hub.mqttPort,
    servername: "localhost",
    ca: hub.ca,
    cert: chained.certificate,
    key: chained.privateKey,
  });
  const [session] = (await once(socket, "session")) as [Buffer];
  socket.destroy();
  expect(await loginWith(hub, { ...chained, session })).toBe(0);
});

type Make = (authority: Awaited<ReturnType<typeof createTestAuthority>>) => Promise<TestCertificate>;

test.each<[string, RegExp, Make]>([
  [
    "of an authority that the hub does not trust",
    /does not lead/,
    async () => createTestCertificate({ commonName: "dev1", issuer: await createTestAuthority() }),
  ],
  [
    "of an authority that has only the name of a trusted one",
    /does not lead/,
    async ({ subject }) => {
      const forged = { ...(await createTestAuthority()), subject };
      return createTestCertificate({ commonName: "dev1", issuer: forged });
    },
  ],
  [
    "that another device's certificate signed",
    /does not lead/,
    async (authority) => {
      const other = await createTestAuthority({ issuer: authority, mayIssue: false });
      const made = await createTestCertificate({ commonName: "dev1", issuer: other });
      return { ...made, certificate: made.certificate + other.certificate };
    },
  ],
  ["that signed itself", /does not lead/, () => createTestCertificate({ commonName: "dev1" })],
  [
    "that names another device",
    /common name/,
    (issuer) => createTestCertificate({ commonName: "dev2", issuer }),
  ],
  [
    "that names the device in other letters",
    /common name/,
    (issuer) => createTestCertificate({ commonName: "DEV1", issuer }),
  ],
  [
    "that has expired",
    /valid only to/,
    (issuer) => createTestCertificate({ commonName: "dev1", issuer, validTo: Date.now() - 60_000 }),
  ],
  [
    "that is not valid yet",
    /valid only from/,
    (issuer) => createTestCertificate({ commonName: "dev1", issuer, validFrom: Date.now() + 60_000 }),
  ],
  [
    "whose issuer has expired",
    /an issuer of it is valid only to/,
    async (authority) => {
      const issuer = await createTestAuthority({ issuer: authority, validTo: Date.now() - 60_000 });
      const made = await createTestCertificate({ commonName: "dev1", issuer });
      return { ...made, certificate: made.certificate + issuer.certificate };
    },
  ],
])("a certificate is refused %s", async (_what, reason, make) => {
  const { hub, seen, authority } = await hubOfAuthority();
  expect(await loginWith(hub, await make(authority))).toBe(NOT_AUTHORIZED);
  expect((await seen("refused")).reason).toMatch(reason);
});

test("dates go by the hub's clock", async () => {
  let ahead = 0;
  const { hub, seen, authority } = await hubOfAuthority(() => Date.now() + ahead);
  const identity = await createTestCertificate({ commonName: "dev1", issuer: authority });
  expect(await loginWith(hub, identity)).toBe(0);
  ahead = 31 * DAY;
  expect(await loginWith(hub, identity)).toBe(NOT_AUTHORIZED);
  expect((await seen("refused")).reason).toContain("it is valid only to");
  const longer = await createTestCertificate({
    commonName: "dev1",
    issuer: authority,
    validTo: Date.now() + 60 * DAY,
  });
  expect(await loginWith(hub, longer)).toBe(NOT_AUTHORIZED);
  expect((await seen("refused", { count: 2 })).reason).toContain("its authority is valid only to");
});

test("a module's certificate names device and module", async () => {
  const { hub, authority } = await hubOfAuthority();
  await hub.modules.create({
    deviceId: "dev1",
    moduleId: "mod1",
    authenticationType: "certificateAuthority",
  });
  const ofModule = await createTestCertificate({ commonName: "dev1/mod1", issuer: authority });
  const ofDevice = await createTestCertificate({ commonName: "dev1", issuer: authority });
  expect(await loginWith(hub, ofModule, "dev1/mod1")).toBe(0);
  expect(await loginWith(hub, ofDevice, "dev1/mod1")).toBe(NOT_AUTHORIZED);
});

test("an id with every character that is allowed works as a common name", async () => {
  const deviceId = "aZ0-.%_*?!(),:=@$'";
  const { hub, authority } = await hubOfAuthority();
  await hub.registry.create({ deviceId, authenticationType: "certificateAuthority" });
  const identity = await createTestCertificate({ commonName: deviceId, issuer: authority });
  expect(await loginWith(hub, identity, deviceId)).toBe(0);
});

test("a change of the device that leaves its authentication alone leaves its connection alone", async () => {
  const { hub, authority } = await hubOfAuthority();
  const identity = await createTestCertificate({ commonName: "dev1", issuer: authority });
  const device = await openRawDeviceWith(hub, identity);
  await device.login({ hub, deviceId: "dev1", password: "" });
  await hub.registry.update({ deviceId: "dev1", statusReason: "moved" });
  await device.ping();
  await hub.registry.update({ deviceId: "dev1", status: "disabled" });
  await device.closed;
});

test.each([
  ["no PEM", "hello"],
  ["a broken certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"],
])("trustedAuthorities with %s are named at the start", async (_what, text) => {
  await expect(startTestHub({ trustedAuthorities: [text] })).rejects.toMatchObject({
    code: "CONFIG_INVALID",
    message: expect.stringContaining("trustedAuthorities"),
  });
});

test("a device's certificate is no authority to trust", async () => {
  const { certificate } = await createTestCertificate({ commonName: "dev1" });
  await expect(startTestHub({ trustedAuthorities: [certificate] })).rejects.toMatchObject({
    code: "CONFIG_INVALID",
  });
});
