import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { createServer as createHttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, createServer, type Server } from "node:net";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../../src/clock.ts";
import { DAY, HOUR } from "../../src/durations.ts";
import type { LocalHub, LocalProvisioning } from "../../src/local-hub/index.ts";
import { MEBIBYTE } from "../../src/sizes.ts";
import {
  createTestAuthority,
  createTestCertificate,
  type TestCertificate,
  thumbprintsOf,
  writeCertificate,
} from "../support/certificates.ts";
import { cleanUpAfterAll } from "../support/clean-up.ts";
import { startProxy, type TestProxy } from "../support/hub/proxy.ts";
import { type CheckedWith, checkWith, DEVICE_ID, hurried, spokenBy, startHub } from "./support.ts";

/** Faults that are really there, on one hub: each is named by one check, and no other blames something else. */
const cleanUp = cleanUpAfterAll();
const OTHER_KEY = Buffer.alloc(32, 7).toString("base64");

let hub: LocalHub;
let provisioning: LocalProvisioning;
let proxy: TestProxy;
let well: Record<string, string>;
let folder: string;
/** A port that takes connections and says nothing. */
let silent: number;
/** A web server that is no hub. */
let stranger: number;

beforeAll(async () => {
  ({ hub, env: well } = await startHub(cleanUp));
  provisioning = await hub.startProvisioning({ retryAfterSeconds: 0 });
  proxy = await startProxy();
  cleanUp.add(() => proxy.stop());
  folder = await cleanUp.folder();
  silent = await listening(createServer());
  stranger = await listening(createHttpServer((_, response) => response.end("hello")));
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

async function listening(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  cleanUp.add(() => server.close());
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** Something else that answers with TLS in the hub's place, on both ways. */
async function impostor(certificate: TestCertificate): Promise<Record<string, string>> {
  const { certificate: cert, privateKey: key } = certificate;
  const port = await listening(createHttpsServer({ cert, key }, (_, response) => response.end()));
  return at(port, port);
}

const at = (mqtt: number | string, webSockets: number | string): Record<string, string> => ({
  ...well,
  HUBHAND_CONNECTION_STRING: (well.HUBHAND_CONNECTION_STRING ?? "").replace(
    /localhost:\d+/,
    `localhost:${mqtt}`,
  ),
  HUBHAND_LINK_WEB_SOCKET_PORT: String(webSockets),
});

const connecting = (connectionString: string): Record<string, string> => ({
  ...well,
  HUBHAND_CONNECTION_STRING: connectionString,
});

/** With the file of an authority other than the hub's. */
async function pemOf(authority: { certificate: string }): Promise<string> {
  const file = join(folder, `${Math.random()}.pem`);
  await writeFile(file, authority.certificate);
  return file;
}

async function written(name: string, text: string): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, text);
  return file;
}

interface Planted extends CheckedWith {
  readonly says: Record<string, "fatal" | "warning">;
  readonly detail: RegExp;
  readonly remedy: RegExp;
}

type Plant = () => Promise<Planted> | Planted;

function each(faults: Record<string, Plant>): void {
  it.each(Object.entries(faults))("%s", async (_, plant) => {
    const { says, detail, remedy, ...options } = await plant();
    const checked = await checkWith(options);
    expect(spokenBy(checked)).toEqual(says);
    const [first = ""] = Object.keys(says);
    expect(checked.of(first)?.detail).toMatch(detail);
    expect(checked.of(first)?.remedy).toMatch(remedy);
    // What was not looked at says whose fault that is.
    for (const { because } of checked.results)
      if (because !== undefined) expect(says).toHaveProperty(because);
  });
}

it("where nothing is planted, nobody speaks up, and the device is known to the hub", async () => {
  const checked = await checkWith({ env: well });
  expect(spokenBy(checked)).toEqual({});
  expect(checked.of("login")).toMatchObject({
    result: "ok",
    detail: `it knows ${DEVICE_ID}, and accepts its key`,
  });
  expect(hub.isConnected(DEVICE_ID)).toBe(false);
});

describe("the way to the hub", () => {
  each({
    "a name that does not resolve": () => ({
      env: connecting(`HostName=nobody.invalid;DeviceId=pi;SharedAccessKey=${OTHER_KEY}`),
      says: { dns: "fatal" },
      detail: /nobody\.invalid/,
      remedy: /Check the name|online/,
    }),
    "8883 refused": () => ({
      env: at(1, hub.httpsPort),
      says: { mqtt: "warning" },
      detail: /nothing listens there/,
      remedy: /outgoing TCP 8883/,
    }),
    "8883 silently dropped": () => ({
      env: at(silent, hub.httpsPort),
      clock: hurried,
      says: { mqtt: "warning" },
      detail: /no answer: a firewall/,
      remedy: /outgoing TCP 8883/,
    }),
    "443 refused": () => ({
      env: at(hub.mqttPort, 1),
      says: { websockets: "warning" },
      detail: /nothing listens there/,
      remedy: /outgoing TCP 443/,
    }),
    "both closed": () => ({
      env: at(1, 1),
      says: { mqtt: "fatal", websockets: "fatal" },
      detail: /nothing listens there/,
      remedy: /8883 to the hub opened, or 443/,
    }),
    "a portal that speaks no TLS": () => ({
      env: at(stranger, hub.httpsPort),
      says: { mqtt: "warning" },
      detail: /TLS failed/,
      remedy: /not the hub answers on port 8883/,
    }),
    "a proxy that is not there": () => ({
      env: { ...well, HUBHAND_LINK_PROXY: "http://127.0.0.1:1", HUBHAND_LINK_TRANSPORT: "websockets" },
      says: { proxy: "fatal" },
      detail: /127\.0\.0\.1:1 does not answer/,
      remedy: /link\.proxy/,
    }),
    "a proxy that refuses CONNECT": () => {
      proxy.refuse(403);
      return {
        env: { ...well, HUBHAND_LINK_PROXY: proxy.url, HUBHAND_LINK_TRANSPORT: "websockets" },
        says: { proxy: "fatal" },
        detail: /HTTP 403/,
        remedy: /allow CONNECT/,
      };
    },
    "a proxy that wants a password": () => {
      proxy.refuse(407);
      return {
        env: { ...well, HUBHAND_LINK_PROXY: proxy.url, HUBHAND_LINK_TRANSPORT: "websockets" },
        says: { proxy: "fatal" },
        detail: /HTTP 407/,
        remedy: /user and password/,
      };
    },
  });
});

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

describe("who the device is", () => {
  each({
    "a wrong key": () => ({
      env: connecting(
        hub.deviceConnectionString(DEVICE_ID).replace(/SharedAccessKey=.*/, `SharedAccessKey=${OTHER_KEY}`),
      ),
      says: { login: "fatal" },
      detail: /refuses the key of pi-1/,
      remedy: /Copy the connection string again/,
    }),
    "a device that the hub does not have": () => ({
      env: connecting(
        hub.deviceConnectionString(DEVICE_ID).replace(`DeviceId=${DEVICE_ID}`, "DeviceId=Pi-1"),
      ),
      says: { login: "fatal" },
      detail: /has no device Pi-1/,
      remedy: /capitals count/,
    }),
    "a device that is disabled": async () => {
      await hub.registry.create({ deviceId: "off", status: "disabled" });
      return {
        env: connecting(hub.deviceConnectionString("off")),
        says: { login: "fatal" },
        detail: /off is disabled/,
        remedy: /Enable it/,
      };
    },
    "the first key was changed, and the second counts": () => ({
      env: {
        ...connecting(
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
      env: connecting(hub.serviceConnectionString),
      says: { identity: "fatal" },
      detail: /service connection string/,
      remedy: /configure\.md/,
    }),
  });

  async function withCertificate(pair: TestCertificate): Promise<Record<string, string>> {
    const { certificateFile, keyFile } = await writeCertificate(pair, { folder });
    return {
      ...connecting(hub.deviceConnectionString("by-certificate")),
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
      remedy: /8883/,
    }),
  });
});

describe("this machine", () => {
  each({
    "a state folder that is a file": async () => ({
      env: { ...well, HUBHAND_STATE_DIRECTORY: await written("state", "") },
      says: { "state-directory": "warning" },
      detail: /it is a file/,
      remedy: /state\.directory/,
    }),
    "a damaged file of messages": async () => {
      const directory = join(folder, "damaged");
      await mkdir(join(directory, "identities/pi/outbox"), { recursive: true });
      await writeFile(
        join(directory, "identities/pi/outbox/outbox.db"),
        "not a database, by any means".repeat(99),
      );
      return {
        env: { ...well, HUBHAND_STATE_DIRECTORY: directory },
        says: { "kept-messages": "warning" },
        detail: /outbox\.db: .*not a database/,
        remedy: /moves a damaged file aside/,
      };
    },
    "another agent on the state folder": async () => {
      const directory = join(folder, "shared");
      await mkdir(directory);
      const other = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)", "run"]);
      cleanUp.add(() => other.kill("SIGKILL"));
      await once(other, "spawn");
      const boot = { count: 1, startedAt: new Date().toISOString(), pid: other.pid };
      await writeFile(join(directory, "boot.json"), JSON.stringify(boot));
      return {
        env: { ...well, HUBHAND_STATE_DIRECTORY: directory, HUBHAND_OBSERVE_PORT: String(await freePort()) },
        says: { "other-agents": "warning" },
        detail: /process \d+, an agent that is not the one of/,
        remedy: /state\.directory/,
      };
    },
    "a port that another program has": () => ({
      env: { ...well, HUBHAND_OBSERVE_PORT: String(stranger) },
      says: { "observe-port": "fatal" },
      detail: /taken by another program/,
      remedy: /observe\.port/,
    }),
    "an address of another machine": () => ({
      env: {
        ...well,
        HUBHAND_OBSERVE_HOST: "192.0.2.1",
        HUBHAND_OBSERVE_PORT: "9464",
        HUBHAND_OBSERVE_TOKEN: "0123456789abcdef",
      },
      says: { "observe-port": "fatal" },
      detail: /not an address of this machine/,
      remedy: /observe\.host/,
    }),
    "little memory, few files": () => ({
      env: well,
      machine: { memoryLimit: () => 64 * MEBIBYTE, openFiles: async () => 64 },
      says: { memory: "warning", "open-files": "warning" },
      detail: /64 MiB/,
      remedy: /96 MiB/,
    }),
    "a configuration with a key that there is not": () => ({
      env: { ...well, HUBHAND_OBSERVE_PROT: "1" },
      says: { configuration: "fatal" },
      detail: /HUBHAND_OBSERVE_PROT/,
      remedy: /hubhand config/,
    }),
  });
});
