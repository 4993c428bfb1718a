import { describe, expect, it } from "vitest";
import { thisMachine } from "../../../src/check/here/machine.ts";
import { HOUR } from "../../../src/durations.ts";
import { createTestCertificate, writeCertificate } from "../../support/certificates.ts";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { checkWith } from "../support.ts";

const cleanUp = cleanUpAfterEach();

const check = async (env: Record<string, string>, machine = { ...thisMachine, hasOwnNetwork: () => false }) =>
  (await checkWith({ env, machine })).of("who-may-look");

async function withTls(options: { validTo?: number } = {}) {
  const pair = await createTestCertificate({ commonName: "pi", hostNames: ["pi"], ...options });
  const { certificateFile, keyFile } = await writeCertificate(pair, { folder: await cleanUp.folder() });
  return {
    HUBHAND_OBSERVE_TLS_CERTIFICATE_FILE: certificateFile,
    HUBHAND_OBSERVE_TLS_KEY_FILE: keyFile,
  };
}

const OPEN = { HUBHAND_OBSERVE_HOST: "0.0.0.0" };
const PASSWORD = { HUBHAND_OBSERVE_PASSWORD: "long enough" };

describe("who may look", () => {
  it("is who is on this machine, if nothing is set", async () => {
    expect(await check({})).toMatchObject({
      result: "ok",
      detail: "who is on this machine, at 127.0.0.1 by HTTP",
    });
  });

  it("is a warning if it is everybody", async () => {
    expect(await check(OPEN)).toMatchObject({
      result: "warning",
      detail: "whoever reaches 0.0.0.0 by HTTP, without a password or token",
      remedy: expect.stringContaining("observe.password"),
    });
  });

  it("is decided by what is published, in a container with a network of its own", async () => {
    expect(await check(OPEN, { ...thisMachine, hasOwnNetwork: () => true })).toMatchObject({
      result: "ok",
      detail: expect.stringContaining("-p 127.0.0.1:"),
    });
  });

  it("is who has the password or the token, which are not shown", async () => {
    const found = await check({ ...OPEN, ...PASSWORD, HUBHAND_OBSERVE_TOKEN: "0123456789abcdef" });
    expect(found).toMatchObject({
      result: "ok",
      detail: "who has the password or the token, at 0.0.0.0 by HTTP",
    });
    expect(JSON.stringify(found)).not.toMatch(/long enough|0123456789abcdef/);
  });
});

describe("the certificate for HTTPS", () => {
  it("is told with its end", async () => {
    expect(
      await check({ ...OPEN, ...PASSWORD, ...(await withTls({ validTo: Date.now() + 900 * HOUR })) }),
    ).toMatchObject({
      result: "ok",
      detail: expect.stringMatching(/at 0\.0\.0\.0 by HTTPS; its certificate ends at \d{4}-/),
    });
  });

  it("that ends within 30 days is a warning", async () => {
    expect(await check(await withTls({ validTo: Date.now() + 600 * HOUR }))).toMatchObject({
      result: "warning",
    });
  });

  it("that cannot be served is fatal", async () => {
    const tls = { ...(await withTls()), HUBHAND_OBSERVE_TLS_KEY_FILE: "/nowhere/key.pem" };
    expect(await check(tls)).toMatchObject({
      result: "fatal",
      detail: expect.stringMatching(
        /^observe\.tls\.keyFile .*"\/nowhere\/key\.pem" cannot be used: it does not exist\.$/,
      ),
    });
  });
});
