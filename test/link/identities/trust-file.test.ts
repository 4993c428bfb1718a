import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openTrustFile } from "../../../src/link/identities/trust-file.ts";
import { startLocalHub } from "../../../src/local-hub/index.ts";
import { createLogBook } from "../../support/agent/log-lines.ts";
import { createTestAuthority, createTestCertificate } from "../../support/certificates.ts";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { waitUntil } from "../../support/time/wait-until.ts";
import { linkTo } from "../support/link-on-hub.ts";

const cleanUp = cleanUpAfterEach();

async function trusting(text: string) {
  const path = join(await cleanUp.folder(), "ca.pem");
  await writeFile(path, text);
  const log = await createLogBook();
  const trust = await openTrustFile({
    key: "hub.caFile",
    path,
    origin: () => "the test",
    logger: log.logger,
  });
  return { path, trust, log };
}

describe("the file of the authorities to trust", () => {
  it("is read for each session: a hub that moves to another authority is trusted without a restart", async () => {
    const hub = await startLocalHub();
    cleanUp.add(() => hub.stop());
    await hub.registry.create({ deviceId: "pi-1" });
    const { path, trust } = await trusting(hub.ca);
    const { link, reaches } = linkTo(cleanUp, hub, { trust });
    link.start();
    await reaches("online");
    const authority = await createTestAuthority();
    const server = await createTestCertificate({
      commonName: "localhost",
      issuer: authority,
      hostNames: ["localhost"],
    });
    await hub.useCertificate({ serverCertificate: server });
    hub.disconnect("pi-1");
    await waitUntil("the new one is not trusted yet", () => link.status().lastFailure?.class === "tls");
    await writeFile(path, authority.certificate);
    await reaches("online");
  });

  it("keeps what was in it while it is gone or holds nothing, and tells so", async () => {
    const { certificate } = await createTestAuthority();
    const { path, trust, log } = await trusting(certificate);
    await writeFile(path, "");
    expect(await trust.read()).toBe(certificate);
    await rm(path);
    expect(await trust.read()).toBe(certificate);
    expect(log.lines().map(({ msg }) => msg)).toEqual([
      expect.stringMatching(/^hub\.caFile cannot be used now.*holds no certificate/),
      expect.stringMatching(/^hub\.caFile cannot be used now.*does not exist/),
    ]);
  });

  it("ends hubhand at the start if it holds none", async () => {
    await expect(trusting("hello")).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringMatching(/^hub\.caFile \(the test\): the file .* holds no certificate/),
    });
  });
});
