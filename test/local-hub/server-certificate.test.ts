import { once } from "node:events";
import { connect } from "node:tls";
import { expect, test } from "vitest";
import type { LocalHub } from "../../src/local-hub/index.ts";
import { createTestAuthority, createTestCertificate, thumbprintsOf } from "../support/certificates.ts";
import { startTestHub } from "./support/hub.ts";
import { openRawDeviceWith } from "./support/identity-clients.ts";
import { connectRawDevice } from "./support/raw-device.ts";

const DAY = 24 * 60 * 60_000;
const EXPIRED = { from: Date.now() - 9 * DAY, to: Date.now() - DAY };

/** How a client that trusts `ca` finds the hub, at both faces: "trusted", or the code of its error. */
async function verdicts(hub: LocalHub, ca: string = hub.ca): Promise<string[]> {
  const at = async (port: number) => {
    const socket = connect({ host: "127.0.0.1", port, servername: "localhost", ca });
    const verdict = await once(socket, "secureConnect").then(
      () => "trusted",
      (error: NodeJS.ErrnoException) => String(error.code),
    );
    socket.destroy();
    return verdict;
  };
  return [await at(hub.mqttPort), await at(hub.httpsPort)];
}

test("a running hub shows another certificate to whoever comes from now on, and a good one again when told", async () => {
  const { hub } = await startTestHub({ devices: ["dev1"] });
  const device = await connectRawDevice({ hub, deviceId: "dev1" });
  await hub.useCertificate({ certificateValidity: EXPIRED });
  expect(await verdicts(hub)).toEqual(["CERT_HAS_EXPIRED", "CERT_HAS_EXPIRED"]);
  await hub.useCertificate({ certificateValidity: { from: Date.now() + DAY, to: Date.now() + 9 * DAY } });
  expect(await verdicts(hub)).toEqual(["CERT_NOT_YET_VALID", "CERT_NOT_YET_VALID"]);
  await device.ping();
  await hub.useCertificate({});
  expect(await verdicts(hub)).toEqual(["trusted", "trusted"]);
});

test("a hub may show a certificate of another authority, from its start or later", async () => {
  const authority = await createTestAuthority();
  const serverCertificate = await createTestCertificate({
    commonName: "x",
    issuer: authority,
    hostNames: ["localhost"],
  });
  const { hub } = await startTestHub({ serverCertificate });
  expect(await verdicts(hub, authority.certificate)).toEqual(["trusted", "trusted"]);
  const [atMqtt] = await verdicts(hub);
  expect(atMqtt).toBe("UNABLE_TO_VERIFY_LEAF_SIGNATURE");
  await hub.useCertificate({});
  expect(await verdicts(hub)).toEqual(["trusted", "trusted"]);
  await hub.useCertificate({ serverCertificate });
  expect(await verdicts(hub, authority.certificate)).toEqual(["trusted", "trusted"]);
});

test("a hub may show an expired certificate from its start", async () => {
  const { hub } = await startTestHub({ certificateValidity: EXPIRED });
  expect(await verdicts(hub)).toEqual(["CERT_HAS_EXPIRED", "CERT_HAS_EXPIRED"]);
});

test("devices still log in by certificate after the hub's own has changed", async () => {
  const identity = await createTestCertificate({ commonName: "x" });
  const { hub } = await startTestHub();
  await hub.registry.create({
    deviceId: "dev1",
    primaryThumbprint: thumbprintsOf(identity.certificate).sha1,
  });
  await hub.useCertificate({});
  const device = await openRawDeviceWith(hub, identity);
  expect((await device.login({ hub, deviceId: "dev1", password: "" })).returnCode).toBe(0);
});

test("a certificate that cannot be used is told, and the one before it stays", async () => {
  const { hub } = await startTestHub();
  const { certificate } = await createTestCertificate({ commonName: "x" });
  const { privateKey } = await createTestCertificate({ commonName: "y" });
  const serverCertificate = { certificate, privateKey };
  const refusal = { code: "CONFIG_INVALID", message: expect.stringContaining("serverCertificate") };
  await expect(hub.useCertificate({ serverCertificate })).rejects.toMatchObject(refusal);
  await expect(startTestHub({ serverCertificate })).rejects.toMatchObject(refusal);
  expect(await verdicts(hub)).toEqual(["trusted", "trusted"]);
});
