import { beforeAll, describe, expect, it } from "vitest";
import { DAY, HOUR } from "../../../src/durations.ts";
import type { LocalHub, LocalProvisioning } from "../../../src/local-hub/index.ts";
import {
  createTestCertificate,
  type TestCertificate,
  thumbprintsOf,
  writeCertificate,
} from "../../support/certificates.ts";
import { cleanUpAfterAll } from "../../support/clean-up.ts";
import { connecting, each, OTHER_KEY } from "../planting.ts";
import { checkWith, DEVICE_ID, spokenBy, startHub } from "../support.ts";

const cleanUp = cleanUpAfterAll();
let hub: LocalHub;
let provisioning: LocalProvisioning;
let well: Record<string, string>;
let folder: string;

beforeAll(async () => {
  ({ hub, env: well } = await startHub(cleanUp));
  provisioning = await hub.startProvisioning({ retryAfterSeconds: 0 });
  folder = await cleanUp.folder();
});

describe("who the device is", () => {
  each({
    "a wrong key": () => ({
      env: connecting(
        well,
        hub.deviceConnectionString(DEVICE_ID).replace(/SharedAccessKey=.*/, `SharedAccessKey=${OTHER_KEY}`),
      ),
      says: { login: "fatal" },
      detail: /refuses the key of pi-1/,
      remedy: /Copy the connection string again/,
    }),
    "a device that the hub does not have": () => ({
      env: connecting(
        well,
        hub.deviceConnectionString(DEVICE_ID).replace(`DeviceId=${DEVICE_ID}`, "DeviceId=Pi-1"),
      ),
      says: { login: "fatal" },
      detail: /has no device Pi-1/,
      remedy: /capitals count/,
    }),
    "a device that is disabled": async () => {
      await hub.registry.create({ deviceId: "off", status: "disabled" });
      return {
        env: connecting(well, hub.deviceConnectionString("off")),
        says: { login: "fatal" },
        detail: /off is disabled/,
        remedy: /Enable it/,
      };
    },
    "the first key was changed, and the second counts": () => ({
      env: {
        ...connecting(
          well,
          hub.deviceConnectionString(DEVICE_ID).replace(/SharedAccessKey=.*/, `SharedAccessKey=${OTHER_KEY}`),
        ),
        HUBHAND_HUB_SECONDARY_KEY: hub.registry.get(DEVICE_ID)?.secondaryKey ?? "",
      },
      says: { login: "warning" },
      detail: /takes the second/,
      remedy: /connection string/,
    }),
    "a certificate that the hub does not know": async () => {
      const known = await createTestCertificate({ commonName: "by-certificate" });
      const primaryThumbprint = thumbprintsOf(known.certificate).sha256;
      await hub.registry.create({ deviceId: "by-certificate", primaryThumbprint });
      return {
        env: await withCertificate(
          await createTestCertificate({ commonName: "by-certificate", validTo: Date.now() + 90 * DAY }),
        ),
        says: { login: "fatal" },
        detail: /refuses the certificate/,
        remedy: /thumbprint/,
      };
    },
    "a certificate of the device that has ended": async () => ({
      env: await withCertificate(
        await createTestCertificate({ commonName: "by-certificate", validTo: Date.now() - HOUR }),
      ),
      says: { identity: "fatal" },
      detail: /ended at .* and the hub refuses it/,
      remedy: /Renew/,
    }),
    "one that does not count yet": async () => ({
      env: await withCertificate(
        await createTestCertificate({
          commonName: "by-certificate",
          validFrom: Date.now() + DAY,
          validTo: Date.now() + 90 * DAY,
        }),
      ),
      says: { identity: "fatal" },
      detail: /valid only from .* and the hub refuses it/,
      remedy: /clock right/,
    }),
    "a key that is not the certificate's": async () => {
      const one = await createTestCertificate({ commonName: "by-certificate" });
      const { privateKey } = await createTestCertificate({ commonName: "by-certificate" });
      return {
        env: await withCertificate({ ...one, privateKey }),
        says: { identity: "fatal" },
        detail: /does not belong to the certificate/,
        remedy: /configure\.md/,
      };
    },
    "the key to the whole hub": () => ({
      env: connecting(well, hub.serviceConnectionString),
      says: { identity: "fatal" },
      detail: /service connection string/,
      remedy: /configure\.md/,
    }),
  });

  async function withCertificate(pair: TestCertificate): Promise<Record<string, string>> {
    const { certificateFile, keyFile } = await writeCertificate(pair, { folder });
    return {
      ...connecting(well, hub.deviceConnectionString("by-certificate")),
      HUBHAND_HUB_CERTIFICATE_FILE: certificateFile,
      HUBHAND_HUB_CERTIFICATE_KEY_FILE: keyFile,
    };
  }
});

describe("the provisioning service", () => {
  const enrolled = (registrationId: string, more: Record<string, string> = {}): Record<string, string> => ({
    HUBHAND_HUB_PROVISIONING_ID_SCOPE: provisioning.idScope,
    HUBHAND_HUB_PROVISIONING_REGISTRATION_ID: registrationId,
    HUBHAND_HUB_PROVISIONING_KEY: OTHER_KEY,
    HUBHAND_HUB_PROVISIONING_ENDPOINT: provisioning.endpoint,
    HUBHAND_HUB_CA_FILE: hub.caFile ?? "",
    HUBHAND_LINK_WEB_SOCKET_PORT: String(provisioning.httpsPort),
    ...more,
  });
  const keys = { kind: "symmetricKey", primaryKey: OTHER_KEY, secondaryKey: OTHER_KEY } as const;

  it("knows a device that is enrolled, which is not registered by that", async () => {
    provisioning.enrolments.add({ registrationId: "good", attestation: keys });
    const checked = await checkWith({ env: enrolled("good") });
    expect(spokenBy(checked)).toEqual({});
    expect(checked.of("provisioning")?.detail).toMatch(/knows good, which has not registered yet/);
    expect(hub.registry.get("good")).toBeUndefined();
  });

  each({
    "a wrong id scope": () => ({
      env: enrolled("good", { HUBHAND_HUB_PROVISIONING_ID_SCOPE: "0ne99999999" }),
      says: { provisioning: "fatal" },
      detail: /nothing of that id scope/,
      remedy: /idScope/,
    }),
    "a wrong key": () => ({
      env: enrolled("good", { HUBHAND_HUB_PROVISIONING_KEY: Buffer.alloc(32, 9).toString("base64") }),
      says: { provisioning: "fatal" },
      detail: /refuses good/,
      remedy: /groupKey/,
    }),
    "an enrolment that is disabled": () => {
      provisioning.enrolments.add({ registrationId: "off", attestation: keys, disabled: true });
      return {
        env: enrolled("off"),
        says: { provisioning: "fatal" },
        detail: /disabled the enrolment of off/,
        remedy: /Enable it/,
      };
    },
    "nobody there": () => ({
      env: enrolled("good", {
        HUBHAND_HUB_PROVISIONING_ENDPOINT: "localhost:1",
        HUBHAND_LINK_WEB_SOCKET_PORT: "1",
      }),
      says: { mqtt: "fatal", websockets: "fatal" },
      detail: /nothing listens there/,
      remedy: /this machine itself/,
    }),
  });
});
