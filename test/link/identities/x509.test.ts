import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { systemClock } from "../../../src/clock.ts";
import { type LocalHub, startLocalHub } from "../../../src/local-hub/index.ts";
import {
  createTestAuthority,
  createTestCertificate,
  type TestCertificate,
  thumbprintsOf,
  writeCertificate,
} from "../../support/certificates.ts";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { callMethod } from "../../support/hub/call-method.ts";
import { waitUntil } from "../../support/time/wait-until.ts";
import { linkTo } from "../support/link-on-hub.ts";
import { choose, never } from "./support/chosen.ts";

const cleanUp = cleanUpAfterEach();

const DAY = 24 * 60 * 60_000;
const PASSPHRASE = "correct horse battery staple";

/** A hub that knows pi-1 by its certificate. */
async function hubThatKnows(certificate: TestCertificate): Promise<LocalHub> {
  const hub = await startLocalHub();
  cleanUp.add(() => hub.stop());
  const { sha256 } = thumbprintsOf(certificate.certificate);
  await hub.registry.create({ deviceId: "pi-1", primaryThumbprint: sha256 });
  return hub;
}

async function settings(certificate: TestCertificate, options: { passphrase?: string } = {}) {
  const folder = await cleanUp.folder();
  const { certificateFile, keyFile } = await writeCertificate(certificate, { folder, ...options });
  const env = {
    HUBHAND_CONNECTION_STRING: "HostName=localhost;DeviceId=pi-1;x509=true",
    HUBHAND_HUB_CERTIFICATE_FILE: certificateFile,
    HUBHAND_HUB_CERTIFICATE_KEY_FILE: keyFile,
  };
  return { folder, certificateFile, keyFile, env };
}

describe("a device with a certificate", () => {
  it("is online by its thumbprint, answers, and tells when the certificate ends", async () => {
    const certificate = await createTestCertificate({ commonName: "pi-1" });
    const hub = await hubThatKnows(certificate);
    const { folder, env } = await settings(certificate);
    const own = { ...env, HUBHAND_CONNECTION_STRING: hub.deviceConnectionString("pi-1") };
    const { identities, log, certificates } = await choose({ folder, env: own });
    const { link, reaches } = linkTo(cleanUp, hub, { identities });
    link.start();
    await reaches("online");
    expect(link.status().identity).toMatchObject({ device: "pi-1", proof: "x509" });
    expect(await callMethod(hub, "pi-1", { methodName: "any" })).toMatchObject({ status: 200 });
    const line = log.lines().find(({ subject }) => subject === "CN=pi-1");
    expect(line).toMatchObject({ level: "info", validTo: certificates[0]?.toISOString() });
    expect(Math.abs((certificates[0]?.getTime() ?? 0) - Date.now() - 30 * DAY)).toBeLessThan(60_000);
    expect(log.lines().filter(({ level }) => level === "warn")).toEqual([]);
  });

  it("is online with a locked key and a chain up to an authority that the hub trusts", async () => {
    const root = await createTestAuthority();
    const below = await createTestAuthority({ issuer: root });
    const leaf = await createTestCertificate({ commonName: "pi-1", issuer: below });
    const chain = { ...leaf, certificate: `${leaf.certificate}${below.certificate}` };
    const hub = await startLocalHub({ trustedAuthorities: [root.certificate] });
    cleanUp.add(() => hub.stop());
    await hub.registry.create({ deviceId: "pi-1", authenticationType: "certificateAuthority" });
    const { folder, env } = await settings(chain, { passphrase: PASSPHRASE });
    const passphraseFile = join(folder, "passphrase");
    await writeFile(passphraseFile, `${PASSPHRASE}\n`);
    const { identities, log } = await choose({
      folder,
      env: {
        ...env,
        HUBHAND_CONNECTION_STRING: hub.deviceConnectionString("pi-1"),
        HUBHAND_HUB_CERTIFICATE_PASSPHRASE_FILE: passphraseFile,
      },
    });
    const { link, reaches } = linkTo(cleanUp, hub, { identities, logger: log.logger });
    link.start();
    await reaches("online");
    expect(await callMethod(hub, "pi-1", { methodName: "any" })).toMatchObject({ status: 200 });
    log.logger.info(`it was ${PASSPHRASE}`);
    expect(log.text()).not.toContain(PASSPHRASE);
  });

  it("uses a renewed certificate without a restart", async () => {
    const old = await createTestCertificate({ commonName: "pi-1" });
    const renewed = await createTestCertificate({ commonName: "pi-1" });
    const hub = await hubThatKnows(old);
    const { folder, env } = await settings(old);
    const own = { ...env, HUBHAND_CONNECTION_STRING: hub.deviceConnectionString("pi-1") };
    const { identities } = await choose({ folder, env: own });
    const { link, reaches } = linkTo(cleanUp, hub, { identities });
    link.start();
    await reaches("online");
    await hub.registry.update({
      deviceId: "pi-1",
      primaryThumbprint: thumbprintsOf(renewed.certificate).sha256,
    });
    hub.disconnect("pi-1");
    await waitUntil("the hub refused the old one", () => link.status().lastFailure?.reason === "connack-5");
    await writeCertificate(renewed, { folder });
    await reaches("online");
    expect(await callMethod(hub, "pi-1", { methodName: "any" })).toMatchObject({ status: 200 });
  });

  it("keeps the last good pair while certificate and key are renewed one after the other", async () => {
    const old = await createTestCertificate({ commonName: "pi-1" });
    const renewed = await createTestCertificate({ commonName: "pi-1" });
    const { folder, certificateFile, keyFile, env } = await settings(old);
    const { identities, log, certificates } = await choose({ folder, env });
    expect(identities.files).toEqual([certificateFile, keyFile]);
    await writeFile(certificateFile, renewed.certificate);
    expect((await identities.obtain(never)).proof).toMatchObject(old);
    expect(log.lines().at(-1)).toMatchObject({
      level: "warn",
      msg: expect.stringContaining("does not belong"),
    });
    await writeFile(keyFile, renewed.privateKey);
    expect((await identities.obtain(never)).proof).toMatchObject(renewed);
    expect(certificates).toHaveLength(2);
  });
});

describe("a certificate that the hub may refuse is told, and tried", () => {
  it.each<[string, { commonName: string; validFrom?: number; validTo?: number }, RegExp]>([
    ["one that has expired", { commonName: "pi-1", validTo: Date.now() - DAY / 2 }, /has expired: renew it/],
    ["one of tomorrow", { commonName: "pi-1", validFrom: Date.now() + DAY }, /is valid only from .*clock/],
    ["another device's", { commonName: "pi-2" }, /common name \(CN\) pi-2 and not pi-1/],
  ])("%s", async (_, certificate, warning) => {
    const { folder, env } = await settings(await createTestCertificate(certificate));
    const { identities, log } = await choose({ folder, env, clock: systemClock });
    expect((await identities.obtain(never)).proof.kind).toBe("x509");
    const warnings = log.lines().filter(({ level }) => level === "warn");
    expect(warnings.map(({ msg }) => msg)).toEqual([expect.stringMatching(warning)]);
  });
});

describe("a certificate that cannot work ends hubhand at the start, and it says why", () => {
  it.each<[string, (files: { certificateFile: string; keyFile: string }) => Promise<unknown>, RegExp]>([
    [
      "no PEM",
      ({ certificateFile }) => writeFile(certificateFile, "hello"),
      /^hub\.certificateFile \(environment variable HUBHAND_HUB_CERTIFICATE_FILE\): it holds no certificate/,
    ],
    [
      "damaged",
      ({ certificateFile }) =>
        writeFile(certificateFile, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
      /^hub\.certificateFile .*damaged/,
    ],
    [
      "no private key",
      ({ keyFile }) => writeFile(keyFile, "hello"),
      /^hub\.certificateKeyFile .*no private key/,
    ],
    [
      "a damaged private key",
      ({ keyFile }) => writeFile(keyFile, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"),
      /^hub\.certificateKeyFile .*damaged/,
    ],
    [
      "another's private key",
      async ({ keyFile }) =>
        writeFile(keyFile, (await createTestCertificate({ commonName: "pi-1" })).privateKey),
      /^hub\.certificateKeyFile .*does not belong to the certificate/,
    ],
  ])("%s", async (_, spoil, message) => {
    const { folder, env, ...files } = await settings(await createTestCertificate({ commonName: "pi-1" }));
    await spoil(files);
    await expect(choose({ folder, env })).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringMatching(message),
    });
  });

  it.each<[string, Record<string, string>, RegExp]>([
    ["no passphrase", {}, /^hub\.certificateKeyFile .*locked\. Set hub\.certificatePassphrase/],
    [
      "a wrong passphrase",
      { HUBHAND_HUB_CERTIFICATE_PASSPHRASE: "hunter2hunter2" },
      /^hub\.certificatePassphrase .*does not unlock/,
    ],
  ])("a locked key and %s", async (_, more, message) => {
    const certificate = await createTestCertificate({ commonName: "pi-1" });
    const { folder, env } = await settings(certificate, { passphrase: PASSPHRASE });
    await expect(choose({ folder, env: { ...env, ...more } })).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringMatching(message),
    });
  });

  it.each(["HUBHAND_HUB_CERTIFICATE_FILE", "HUBHAND_HUB_CERTIFICATE_KEY_FILE"])(
    "a pipe, for which it would wait for ever: %s",
    async (variable) => {
      const { folder, env } = await settings(await createTestCertificate({ commonName: "pi-1" }));
      execFileSync("mkfifo", [join(folder, "pipe")]);
      await expect(choose({ folder, env: { ...env, [variable]: "pipe" } })).rejects.toMatchObject({
        code: "CONFIG_INVALID",
        message: expect.stringMatching(/pipe" cannot be used: it is not a file/),
      });
    },
  );

  it("a file that is not there", async () => {
    const { folder, env } = await settings(await createTestCertificate({ commonName: "pi-1" }));
    await expect(
      choose({ folder, env: { ...env, HUBHAND_HUB_CERTIFICATE_FILE: "nowhere.pem" } }),
    ).rejects.toMatchObject({
      message: expect.stringMatching(/nowhere\.pem" cannot be used: it does not exist/),
    });
  });
});
