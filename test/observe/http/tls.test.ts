import { copyFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { connect } from "node:tls";
import { describe, expect, it } from "vitest";
import { HOUR, SECOND } from "../../../src/durations.ts";
import { ask, startFace } from "../../support/agent/http-face.ts";
import { createTestCertificate, type TestCertificate, writeCertificate } from "../../support/certificates.ts";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { createFakeClock } from "../../support/time/fake-clock.ts";
import { waitUntil } from "../../support/time/wait-until.ts";

const cleanUp = cleanUpAfterEach();

const certificateFor = (commonName: string, validTo?: number) =>
  createTestCertificate({
    commonName,
    hostNames: ["localhost"],
    ...(validTo === undefined ? {} : { validTo }),
  });

async function withFiles(pair: TestCertificate) {
  const folder = await cleanUp.folder();
  const tls = await writeCertificate(pair, { folder });
  return { folder, tls };
}

interface Shown {
  /** The CN of the certificate that is shown to who comes now. */
  readonly name: string;
  readonly protocol: string | null;
}

function shake(port: number, options: { maxVersion?: "TLSv1.1" | "TLSv1.2" } = {}): Promise<Shown> {
  const shown = Promise.withResolvers<Shown>();
  const ciphers = options.maxVersion === "TLSv1.1" ? "DEFAULT@SECLEVEL=0" : undefined;
  const socket = connect(
    { port, host: "127.0.0.1", rejectUnauthorized: false, minVersion: "TLSv1", ciphers, ...options },
    () => {
      shown.resolve({ name: String(socket.getPeerCertificate().subject.CN), protocol: socket.getProtocol() });
      socket.end();
    },
  ).on("error", shown.reject);
  return shown.promise;
}

it("HTTPS is served with a certificate and its key, and its address says so", async () => {
  const { tls } = await withFiles(await certificateFor("first"));
  const { url, lines } = await startFace(cleanUp, { tls });
  expect(url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
  expect((await ask(`${url}/livez`)).status).toBe(200);
  expect(lines()).toMatchObject([{ level: "info", subject: "CN=first", validTo: expect.any(String) }]);
});

it("TLS 1.2 will do, 1.1 will not", async () => {
  const { tls } = await withFiles(await certificateFor("first"));
  const { port } = await startFace(cleanUp, { tls });
  expect(await shake(port, { maxVersion: "TLSv1.2" })).toMatchObject({ protocol: "TLSv1.2" });
  await expect(shake(port, { maxVersion: "TLSv1.1" })).rejects.toThrow(/protocol version/i);
});

it("a certificate that has expired is served, with a warning: the clock may be wrong", async () => {
  const { tls } = await withFiles(await certificateFor("old", Date.now() - HOUR));
  const { url, lines } = await startFace(cleanUp, { tls });
  expect((await ask(`${url}/livez`)).status).toBe(200);
  expect(lines()).toContainEqual(
    expect.objectContaining({ level: "warn", msg: "the certificate for HTTPS has expired: renew it" }),
  );
});

it("a renewed certificate is served without a restart; half of one, or a bad one, leaves the old", async () => {
  const { folder, tls } = await withFiles(await certificateFor("first"));
  const clock = Object.assign(createFakeClock(), { wallClock: Date.now });
  const { port, lines } = await startFace(cleanUp, { tls, clock });
  const warnings = () => lines().filter(({ level }) => level === "warn");
  const look = async () => {
    await waitUntil("it has looked", () => clock.pending === 1);
    clock.advance(5 * SECOND);
    await waitUntil("it looks", () => clock.pending === 1);
  };
  await look();
  const second = await certificateFor("second");
  await writeFile(tls.certificateFile, second.certificate);
  await look();
  await waitUntil("it is told", () => warnings().length === 1);
  expect(warnings()[0]?.msg).toMatch(
    /^the certificate for HTTPS cannot be used now; the one before stays: .*does not belong/,
  );
  expect((await shake(port)).name).toBe("first");
  await writeCertificate(second, { folder });
  await look();
  await waitUntil("it is told", () => lines().some(({ subject }) => subject === "CN=second"));
  expect((await shake(port)).name).toBe("second");
});

describe("what cannot be served with ends with exit code 78, the key, the file, and what is wrong", () => {
  it.each<[string, (files: { certificateFile: string; keyFile: string }) => Promise<unknown>, RegExp]>([
    [
      "another key",
      async ({ keyFile }) => writeFile(keyFile, (await certificateFor("other")).privateKey),
      /^observe\.tls\.keyFile \(somewhere\): the file ".*device-key\.pem" cannot be used: the private key does not belong to the certificate/,
    ],
    [
      "no certificate in the file",
      ({ certificateFile }) => writeFile(certificateFile, "hello"),
      /^observe\.tls\.certificateFile .*device\.pem" cannot be used: it holds no certificate/,
    ],
    [
      "a key in its place",
      ({ keyFile, certificateFile }) => copyFile(certificateFile, keyFile),
      /^observe\.tls\.keyFile .*it holds no private key/,
    ],
  ])("%s", async (_, spoil, message) => {
    const { tls } = await withFiles(await certificateFor("first"));
    await spoil(tls);
    await expect(startFace(cleanUp, { tls, origin: () => "somewhere" })).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      exitCode: 78,
      message: expect.stringMatching(message),
    });
  });

  it("a file that is not there, and a key with a lock on it", async () => {
    const first = await certificateFor("first");
    const { folder, tls } = await withFiles(first);
    const missing = { ...tls, certificateFile: join(folder, "nowhere.pem") };
    await expect(startFace(cleanUp, { tls: missing })).rejects.toThrow(/nowhere\.pem.*it does not exist/);
    const locked = await writeCertificate(first, { folder, passphrase: "open sesame" });
    await expect(startFace(cleanUp, { tls: locked })).rejects.toThrow(
      /is locked\. Take the lock off: openssl/,
    );
  });
});
