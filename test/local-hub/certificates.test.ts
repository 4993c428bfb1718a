import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { hostname } from "node:os";
import { connect } from "node:tls";
import { expect, test } from "vitest";
import { startTestHub } from "./support/hub.ts";

async function certificateOf(options: { port: number; ca: string; name: string }): Promise<X509Certificate> {
  const { port, ca, name } = options;
  const socket = connect({ host: "127.0.0.1", port, ca, servername: name });
  await once(socket, "secureConnect");
  const certificate = socket.getPeerX509Certificate();
  socket.destroy();
  if (certificate === undefined) throw new Error("no certificate");
  return certificate;
}

test("both faces show a certificate of the hub's authority, for each of its names", async () => {
  const { hub } = await startTestHub({ hostNames: ["hub.test", "192.0.2.7"] });
  const authority = new X509Certificate(hub.ca);
  for (const port of [hub.mqttPort, hub.httpsPort]) {
    const certificate = await certificateOf({ port, ca: hub.ca, name: "hub.test" });
    expect(certificate.checkIssued(authority)).toBe(true);
    expect(certificate.verify(authority.publicKey)).toBe(true);
    expect(certificate.publicKey.asymmetricKeyDetails).toMatchObject({ namedCurve: "prime256v1" });
    for (const name of ["localhost", hostname(), "hub.test"]) expect(certificate.checkHost(name)).toBe(name);
    for (const address of ["127.0.0.1", "::1", "192.0.2.7"])
      expect(certificate.checkIP(address)).toBe(address);
    expect(certificate.ca).toBe(false);
  }
  expect(authority.ca).toBe(true);
});

test("each hub without a folder has an authority of its own", async () => {
  const { hub: first } = await startTestHub();
  const { hub: second } = await startTestHub();
  const { port, ca } = { port: first.mqttPort, ca: second.ca };
  const socket = connect({ host: "127.0.0.1", port, ca, servername: "localhost" });
  const [error] = (await once(socket, "error").catch((thrown: unknown) => [thrown])) as [Error];
  expect(error).toMatchObject({ code: expect.stringMatching(/SELF_SIGNED|VERIFY/) });
});
