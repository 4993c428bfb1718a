import { Client } from "azure-iot-device";
import { Mqtt } from "azure-iot-device-mqtt";
import { expect, onTestFinished, test } from "vitest";
import type { AttestationDescription } from "../../../src/local-hub/index.ts";
import { HubAgent } from "../../../src/local-hub/index.ts";
import {
  createTestAuthority,
  createTestCertificate,
  type TestCertificate,
  thumbprintsOf,
} from "../../support/certificates.ts";
import { register, startTestProvisioning, type TestProvisioning } from "../support/provisioning.ts";

const DAY = 24 * 60 * 60_000;

/** A service with an authority whose devices are enrolled as a group. */
async function startWithAuthority() {
  const started = await startTestProvisioning();
  const authority = await createTestAuthority();
  started.provisioning.enrolments.addGroup({
    groupId: "fleet",
    attestation: { kind: "authority", authorities: [authority.certificate] },
  });
  return { ...started, authority };
}

function attempt(started: TestProvisioning, certificate: TestCertificate) {
  return register({ ...started, registrationId: "dev1", proof: { certificate } });
}

test.each(["sha1", "sha256"] as const)(
  "a device known by the %s of its certificate is assigned, and connects to the hub with it",
  async (digest) => {
    const started = await startTestProvisioning();
    const certificate = await createTestCertificate({ commonName: "dev1" });
    started.provisioning.enrolments.add({
      registrationId: "dev1",
      attestation: {
        kind: "thumbprint",
        primaryThumbprint: thumbprintsOf(certificate.certificate)[digest],
      },
    });
    const { assignedHub, deviceId } = await attempt(started, certificate);
    const device = Client.fromConnectionString(
      `HostName=${assignedHub};DeviceId=${deviceId};x509=true`,
      Mqtt,
    );
    await device.setOptions({
      ca: started.hub.ca,
      cert: certificate.certificate,
      key: certificate.privateKey,
    });
    await device.open();
    onTestFinished(async () => {
      await device.close();
    });
    expect(started.hub.isConnected("dev1")).toBe(true);
  },
);

test("the devices of a group come with certificates of its authority, be it by way of others", async () => {
  const started = await startWithAuthority();
  const factory = await createTestAuthority({ issuer: started.authority });
  const device = await createTestCertificate({ commonName: "dev1", issuer: factory });
  const chain = { ...device, certificate: `${device.certificate}${factory.certificate}` };
  expect((await attempt(started, chain)).status).toBe("assigned");
  expect(started.hub.registry.get("dev1")).toMatchObject({
    authenticationType: "selfSigned",
    primaryThumbprint: thumbprintsOf(device.certificate).sha256,
  });
});

test("a device that comes with a renewed certificate is known by that one afterwards", async () => {
  const started = await startWithAuthority();
  await attempt(started, await createTestCertificate({ commonName: "dev1", issuer: started.authority }));
  const renewed = await createTestCertificate({ commonName: "dev1", issuer: started.authority });
  await attempt(started, renewed);
  expect(started.hub.registry.get("dev1")?.primaryThumbprint).toBe(thumbprintsOf(renewed.certificate).sha256);
});

test("certificates count over WebSockets too", async () => {
  const started = await startTestProvisioning();
  const certificate = await createTestCertificate({ commonName: "dev1" });
  const { sha256 } = thumbprintsOf(certificate.certificate);
  started.provisioning.enrolments.add({
    registrationId: "dev1",
    attestation: { kind: "thumbprint", primaryThumbprint: sha256 },
  });
  const webSocketAgent = new HubAgent({ httpsPort: started.provisioning.httpsPort, ca: started.hub.ca });
  const proof = { certificate };
  const assigned = await register({ ...started, registrationId: "dev1", proof, webSocketAgent });
  expect(assigned.status).toBe("assigned");
});

/** An enrolment, and a certificate that does not fit it. */
type Misfit = () => Promise<{ attestation: AttestationDescription; certificate: TestCertificate }>;

async function ofGroup(
  certificate: (authority: Awaited<ReturnType<typeof createTestAuthority>>) => Promise<TestCertificate>,
): ReturnType<Misfit> {
  const authority = await createTestAuthority();
  return {
    attestation: { kind: "authority", authorities: [authority.certificate] },
    certificate: await certificate(authority),
  };
}

test.each<[string, RegExp, Misfit]>([
  [
    "of another thumbprint",
    /another thumbprint/,
    async () => ({
      attestation: { kind: "thumbprint", primaryThumbprint: "ab".repeat(32) },
      certificate: await createTestCertificate({ commonName: "dev1" }),
    }),
  ],
  [
    "of another authority",
    /does not lead to an authority/,
    () =>
      ofGroup(async () => createTestCertificate({ commonName: "dev1", issuer: await createTestAuthority() })),
  ],
  [
    "of another device",
    /common name/,
    () => ofGroup((issuer) => createTestCertificate({ commonName: "dev2", issuer })),
  ],
  [
    "that is over",
    /valid only to/,
    () =>
      ofGroup((issuer) =>
        createTestCertificate({
          commonName: "dev1",
          issuer,
          validFrom: Date.now() - 3 * DAY,
          validTo: Date.now() - DAY,
        }),
      ),
  ],
])("a certificate %s is answered 401", async (_what, reason, misfit) => {
  const started = await startTestProvisioning();
  const { attestation, certificate } = await misfit();
  started.provisioning.enrolments.addGroup({ groupId: "fleet", attestation });
  await expect(attempt(started, certificate)).rejects.toMatchObject({ name: "UnauthorizedError" });
  expect(await started.seen("registration")).toMatchObject({ reason: expect.stringMatching(reason) });
});

test("a key is no way in for a device that is known by its certificate", async () => {
  const started = await startWithAuthority();
  const proof = { key: Buffer.alloc(32, 1).toString("base64") };
  await expect(register({ ...started, registrationId: "dev1", proof })).rejects.toThrow();
  expect((await started.seen("registration")).reason).toBe("it showed no certificate");
});
