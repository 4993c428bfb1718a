import { writeFile } from "node:fs/promises";
import { createServer as createHttpsServer } from "node:https";
import { join } from "node:path";
import { beforeAll, describe } from "vitest";
import { systemClock } from "../../../src/clock.ts";
import { DAY, HOUR } from "../../../src/durations.ts";
import {
  createTestAuthority,
  createTestCertificate,
  type TestCertificate,
} from "../../support/certificates.ts";
import { cleanUpAfterAll } from "../../support/clean-up.ts";
import { at, each, listening } from "../planting.ts";
import { startHub } from "../support.ts";

const cleanUp = cleanUpAfterAll();
let well: Record<string, string>;
let folder: string;

beforeAll(async () => {
  ({ env: well } = await startHub(cleanUp));
  folder = await cleanUp.folder();
});

/** Something else that answers with TLS in the hub's place, on both ways. */
async function impostor(certificate: TestCertificate): Promise<Record<string, string>> {
  const { certificate: cert, privateKey: key } = certificate;
  const server = createHttpsServer({ cert, key }, (_, response) => response.end());
  const port = await listening(cleanUp, server);
  return at(well, { mqtt: port, webSockets: port });
}

/** The file of an authority other than the hub's. */
const pemOf = ({ certificate }: { certificate: string }) => written("authority.pem", certificate);

async function written(name: string, text: string): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, text);
  return file;
}

describe("whose certificate that is", () => {
  each({
    "of a proxy that looks into TLS": async () => {
      const issuer = await createTestAuthority({ name: "Corp TLS Inspection" });
      const shown = await createTestCertificate({ commonName: "x", hostNames: ["localhost"], issuer });
      return {
        env: await impostor(shown),
        says: { tls: "fatal" },
        detail: /issued by CN=Corp TLS Inspection.* not trusted/,
        remedy: /hub\.caFile.* does not hold that authority/,
      };
    },
    "of a proxy that looks into HTTPS alone": async () => {
      const shown = await createTestCertificate({ commonName: "x", hostNames: ["localhost"] });
      const both = await impostor(shown);
      return {
        env: { ...well, HUBHAND_LINK_WEB_SOCKET_PORT: both.HUBHAND_LINK_WEB_SOCKET_PORT ?? "" },
        says: { tls: "warning" },
        detail: /localhost \(websockets only\) shows a certificate issued by CN=x/,
        remedy: /exempted|does not hold/,
      };
    },
    "for another name": async () => {
      const issuer = await createTestAuthority();
      const shown = await createTestCertificate({ commonName: "x", hostNames: ["other.example"], issuer });
      return {
        env: { ...(await impostor(shown)), HUBHAND_HUB_CA_FILE: await pemOf(issuer) },
        says: { tls: "fatal" },
        detail: /is for DNS:other\.example/,
        remedy: /HostName/,
      };
    },
    "one that has ended": async () => {
      const issuer = await createTestAuthority({ validFrom: Date.now() - 90 * DAY });
      const ended = { validFrom: Date.now() - 60 * DAY, validTo: Date.now() - 2 * DAY };
      const shown = await createTestCertificate({
        commonName: "x",
        hostNames: ["localhost"],
        issuer,
        ...ended,
      });
      return {
        env: { ...(await impostor(shown)), HUBHAND_HUB_CA_FILE: await pemOf(issuer) },
        says: { tls: "fatal" },
        detail: /ended at 20/,
        remedy: /renewed/,
      };
    },
    "which is not valid yet, as our clock is wrong": async () => {
      const now = () => Date.now() + 400 * DAY;
      const { env } = await startHub(cleanUp, { now });
      return {
        env,
        says: { clock: "fatal" },
        detail: /400 days behind the hub's/,
        remedy: /timedatectl/,
      };
    },
    "which is, and our clock is hours off": () => ({
      env: well,
      clock: { ...systemClock, wallClock: () => Date.now() + 3 * HOUR },
      says: { clock: "fatal" },
      detail: /3 hours ahead of/,
      remedy: /timedatectl/,
    }),
    "an authority's file that is not there": () => ({
      env: { ...well, HUBHAND_HUB_CA_FILE: join(folder, "none.pem") },
      says: { authorities: "fatal" },
      detail: /hub\.caFile .*does not exist/,
      remedy: /mount the file/,
    }),
    "an authority's file that is not PEM": async () => ({
      env: { ...well, HUBHAND_HUB_CA_FILE: await written("not.pem", "hello") },
      says: { authorities: "fatal" },
      detail: /holds no certificate/,
      remedy: /hub\.caFile/,
    }),
  });
});
