import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { expect, it, vi } from "vitest";
import { createTestAuthority, createTestCertificate } from "../../support/certificates.ts";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { loadFolder, writeFiles } from "../load.ts";

const cleanUp = cleanUpAfterEach();

/** A folder with a plugin that asks a service behind TLS, and the certificate of the service's authority. */
async function openScene() {
  const authority = await createTestAuthority();
  const issued = await createTestCertificate({
    commonName: "localhost",
    issuer: authority,
    hostNames: ["localhost"],
  });
  const { certificate: cert, privateKey: key } = issued;
  let requests = 0;
  const server = createServer({ cert, key }, (_, response) => {
    requests += 1;
    response.end('"private"');
  });
  await new Promise<void>((resolve) => server.listen(0, resolve));
  cleanUp.add(() => new Promise((resolve) => server.close(resolve)));
  const { port } = server.address() as AddressInfo;
  const folder = await cleanUp.folder();
  const url = `https://localhost:${port}`;
  await writeFiles(folder, {
    "ca.pem": authority.certificate,
    "plugins/side.plugin.yaml": `url: ${url}\nmethods: { side: {} }\n`,
  });
  return {
    url,
    directory: path.join(folder, "plugins"),
    ca: path.join(folder, "ca.pem"),
    asked: () => requests,
  };
}

it("a service behind TLS is asked if its certificate is of an authority that Node was told to trust", async () => {
  const { directory, ca } = await openScene();
  vi.stubEnv("NODE_EXTRA_CA_CERTS", ca);
  cleanUp.add(() => vi.unstubAllEnvs());
  const { replies } = await loadFolder({ directory, call: [{ method: "side" }] });
  expect(replies).toEqual([{ status: 200, body: "private" }]);
});

it("and is not given the call otherwise", async () => {
  const { url, directory, asked } = await openScene();
  const { replies } = await loadFolder({ directory, call: [{ method: "side" }] });
  expect(replies).toMatchObject([
    {
      status: 503,
      body: {
        error: {
          code: "PLUGIN_DOWN",
          message: expect.stringMatching(
            new RegExp(
              `^plugin "side" is down: ${url} gave no answer: unable to verify .*\\(UNABLE_TO_VERIFY`,
            ),
          ),
        },
      },
    },
  ]);
  expect(asked()).toBe(0);
});
