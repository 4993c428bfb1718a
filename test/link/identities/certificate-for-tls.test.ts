import { writeFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import {
  createTestAuthority,
  createTestCertificate,
  type TestCertificate,
  writeCertificate,
} from "../../support/certificates.ts";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { choose, never } from "./support/chosen.ts";

const cleanUp = cleanUpAfterEach();

const DAMAGED = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

const CASES: [string, () => Promise<TestCertificate>, RegExp][] = [
  [
    "a damaged certificate behind a good one",
    async () => behind(await createTestCertificate({ commonName: "pi-1" }), DAMAGED),
    /a certificate behind the device's own is damaged/,
  ],
  [
    "a chain that was cut short",
    async () => {
      const issuer = await createTestAuthority();
      const leaf = await createTestCertificate({ commonName: "pi-1", issuer });
      return behind(leaf, issuer.certificate.slice(0, 300));
    },
    /a certificate behind the device's own is damaged/,
  ],
  [
    "a key of RSA that is too short",
    () => createTestCertificate({ commonName: "pi-1", rsaBits: 1024 }),
    /is too short for TLS: with RSA take 2048 bits/,
  ],
  [
    "such a key in an authority below",
    async () => {
      const below = await createTestCertificate({ commonName: "below", rsaBits: 1024 });
      return behind(await createTestCertificate({ commonName: "pi-1" }), below.certificate);
    },
    /is too short for TLS/,
  ],
];

const behind = (leaf: TestCertificate, more: string): TestCertificate => ({
  ...leaf,
  certificate: `${leaf.certificate}${more}`,
});

async function settings(certificate: TestCertificate) {
  const folder = await cleanUp.folder();
  const { certificateFile, keyFile } = await writeCertificate(certificate, { folder });
  const env = {
    HUBHAND_CONNECTION_STRING: "HostName=localhost;DeviceId=pi-1;x509=true",
    HUBHAND_HUB_CERTIFICATE_FILE: certificateFile,
    HUBHAND_HUB_CERTIFICATE_KEY_FILE: keyFile,
  };
  return { folder, certificateFile, keyFile, env };
}

describe.each(CASES)("%s, which only TLS would find", (_, make, message) => {
  it("ends hubhand at the start", async () => {
    const { folder, env } = await settings(await make());
    await expect(choose({ folder, env })).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringMatching(message),
    });
  });

  it("is told later, and the last good pair stays", async () => {
    const good = await createTestCertificate({ commonName: "pi-1" });
    const { folder, env, certificateFile, keyFile } = await settings(good);
    const { identities, log } = await choose({ folder, env });
    const { certificate, privateKey } = await make();
    await writeFile(certificateFile, certificate);
    await writeFile(keyFile, privateKey);
    expect(await identities.obtain(never)).toMatchObject({ proof: { certificate: good.certificate } });
    expect(log.lines().filter(({ level }) => level === "warn")).toMatchObject([
      { msg: expect.stringMatching(message) },
    ]);
  });
});

it("a key of RSA that is long enough is as good as any", async () => {
  const { folder, env } = await settings(await createTestCertificate({ commonName: "pi-1", rsaBits: 2048 }));
  const { identities } = await choose({ folder, env });
  expect(await identities.obtain(never)).toMatchObject({ proof: { kind: "x509" } });
});
