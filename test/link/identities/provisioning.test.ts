import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { deriveDeviceKey } from "../../../src/link/identities/derived-key.ts";
import { IdentityFailure } from "../../../src/link/identity.ts";
import { fixedTrust } from "../../../src/link/trust.ts";
import { type LocalHub, type LocalProvisioning, startLocalHub } from "../../../src/local-hub/index.ts";
import { createTestAuthority, createTestCertificate, writeCertificate } from "../../support/certificates.ts";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { callMethod } from "../../support/hub/call-method.ts";
import { waitUntil } from "../../support/time/wait-until.ts";
import { linkTo } from "../support/link-on-hub.ts";
import { type Choice, choose, never } from "./support/chosen.ts";

const cleanUp = cleanUpAfterEach();

const KEY = Buffer.alloc(32, 4).toString("base64");
type Options = Parameters<LocalHub["startProvisioning"]>[0];

async function service(options: Options = {}): Promise<{ hub: LocalHub; provisioning: LocalProvisioning }> {
  const hub = await startLocalHub();
  cleanUp.add(() => hub.stop());
  return { hub, provisioning: await startOn(hub, options) };
}

async function startOn(hub: LocalHub, options: Options): Promise<LocalProvisioning> {
  const provisioning = await hub.startProvisioning({ retryAfterSeconds: 0, ...options });
  cleanUp.add(() => provisioning.stop());
  return provisioning;
}

function enrol(
  { enrolments }: LocalProvisioning,
  more: { deviceId?: string; hubHostName?: string } = {},
): void {
  enrolments.add({
    registrationId: "pi-1",
    attestation: { kind: "symmetricKey", primaryKey: KEY },
    ...more,
  });
}

const envFor = ({ idScope, endpoint }: LocalProvisioning): Record<string, string> => ({
  HUBHAND_HUB_PROVISIONING_ID_SCOPE: idScope,
  HUBHAND_HUB_PROVISIONING_ENDPOINT: endpoint,
  HUBHAND_HUB_PROVISIONING_REGISTRATION_ID: "pi-1",
  HUBHAND_HUB_PROVISIONING_KEY: KEY,
});

/** Online and answering, by this identity. */
async function answers(hub: LocalHub, choice: Choice, deviceId = "pi-1") {
  const { identities, log } = await choose({ ca: hub.ca, ...choice });
  const watched = linkTo(cleanUp, hub, { identities, logger: log.logger });
  watched.link.start();
  await watched.reaches("online");
  expect(await callMethod(hub, deviceId, { methodName: "any" })).toMatchObject({ status: 200 });
  return { ...watched, log, identities };
}

describe("a device that is provisioned", () => {
  it("with its own key is assigned a hub and a device id, and answers there", async () => {
    const { hub, provisioning } = await service();
    enrol(provisioning, { deviceId: "pump" });
    const { link, log } = await answers(
      hub,
      { env: envFor(provisioning), folder: await cleanUp.folder() },
      "pump",
    );
    expect(link.status().identity).toMatchObject({ hub: `localhost:${hub.mqttPort}`, device: "pump" });
    expect(log.lines()).toContainEqual(
      expect.objectContaining({ level: "info", device: "pump", registrationId: "pi-1" }),
    );
    log.logger.info(KEY);
    expect(log.text()).not.toContain(KEY);
  });

  it("with the key of a group uses the one that is derived of it, and neither is ever logged", async () => {
    const { hub, provisioning } = await service();
    provisioning.enrolments.addGroup({
      groupId: "fleet",
      attestation: { kind: "symmetricKey", primaryKey: KEY },
    });
    const { HUBHAND_HUB_PROVISIONING_KEY: groupKey = "", ...env } = envFor(provisioning);
    const { log } = await answers(hub, {
      env: { ...env, HUBHAND_HUB_PROVISIONING_GROUP_KEY: groupKey },
      folder: await cleanUp.folder(),
    });
    const derived = deriveDeviceKey(KEY, "pi-1");
    log.logger.info(`${KEY} ${derived}`);
    expect(log.text()).not.toContain(KEY);
    expect(log.text()).not.toContain(derived);
  });

  it("with a certificate registers by its common name, and uses the same for the hub", async () => {
    const { hub, provisioning } = await service();
    const authority = await createTestAuthority();
    provisioning.enrolments.addGroup({
      groupId: "fleet",
      attestation: { kind: "authority", authorities: [authority.certificate] },
    });
    const leaf = await createTestCertificate({ commonName: "pump-7", issuer: authority });
    const folder = await cleanUp.folder();
    const { certificateFile, keyFile } = await writeCertificate(leaf, { folder });
    const { idScope, endpoint } = provisioning;
    const { link } = await answers(
      hub,
      {
        folder,
        env: {
          HUBHAND_HUB_PROVISIONING_ID_SCOPE: idScope,
          HUBHAND_HUB_PROVISIONING_ENDPOINT: endpoint,
          HUBHAND_HUB_CERTIFICATE_FILE: certificateFile,
          HUBHAND_HUB_CERTIFICATE_KEY_FILE: keyFile,
        },
      },
      "pump-7",
    );
    expect(link.status().identity).toMatchObject({ device: "pump-7", proof: "x509" });
  });

  it("tells the service's allocation function its payload, and waits while the service thinks", async () => {
    const told: unknown[] = [];
    const { hub, provisioning } = await service({
      retryAfterSeconds: 1,
      onRegister({ payload }) {
        told.push(payload);
        return { deviceId: "allocated" };
      },
    });
    enrol(provisioning);
    const env = { ...envFor(provisioning), HUBHAND_HUB_PROVISIONING_PAYLOAD: '{"site":"north"}' };
    await answers(hub, { env, folder: await cleanUp.folder() }, "allocated");
    expect(told).toEqual([{ site: "north" }]);
  });

  it.each(["websockets", "auto"] as const)("goes there by the way of the link: %s", async (transport) => {
    const { hub, provisioning } = await service();
    enrol(provisioning);
    const env = envFor(provisioning);
    // Nothing listens at the port of MQTT.
    const endpoint = "localhost:1";
    const { identities } = await choose({
      env: { ...env, HUBHAND_HUB_PROVISIONING_ENDPOINT: endpoint },
      folder: await cleanUp.folder(),
      ca: hub.ca,
      link: { transport, webSocketPort: provisioning.httpsPort },
    });
    expect(await identities.obtain(never)).toMatchObject({ deviceId: "pi-1" });
  });
});

describe("the assignment", () => {
  it("is kept on disk, without a key, and used at the next start while the service is away", async () => {
    const { hub, provisioning } = await service();
    enrol(provisioning);
    const choice = { env: envFor(provisioning), folder: await cleanUp.folder() };
    const { link } = await answers(hub, choice);
    await link.stop();
    await provisioning.stop();
    const kept = await readFile(join(choice.folder, "state", "provisioning.json"), "utf8");
    expect(JSON.parse(kept)).toMatchObject({
      assignment: { deviceId: "pi-1", hostName: `localhost:${hub.mqttPort}` },
    });
    expect(kept).not.toContain(KEY.slice(0, 8));
    await answers(hub, choice);
  });

  it("is asked for again when the hub does not know the device any more", async () => {
    const { hub, provisioning } = await service();
    enrol(provisioning);
    const { reaches, link } = await answers(hub, {
      env: envFor(provisioning),
      folder: await cleanUp.folder(),
    });
    await hub.registry.delete("pi-1");
    await waitUntil("it noticed", () => link.status().state !== "online");
    await reaches("online");
    expect(await callMethod(hub, "pi-1", { methodName: "any" })).toMatchObject({ status: 200 });
  });

  it("leads to the other hub when the device was moved there", async () => {
    const { hub, provisioning } = await service();
    const other = await startLocalHub();
    cleanUp.add(() => other.stop());
    enrol(provisioning);
    const { identities } = await choose({
      env: envFor(provisioning),
      folder: await cleanUp.folder(),
      ca: hub.ca,
    });
    const trust = fixedTrust(`${hub.ca}${other.ca}`);
    const { link, reaches, sessions } = linkTo(cleanUp, hub, { identities, trust });
    link.start();
    await reaches("online");
    provisioning.enrolments.change("pi-1", { hub: other });
    await hub.registry.delete("pi-1");
    await sessions(2);
    expect(link.status().identity).toMatchObject({ hub: `localhost:${other.mqttPort}` });
    expect(await callMethod(other, "pi-1", { methodName: "any" })).toMatchObject({ status: 200 });
  });

  it("stays in use when the hub refuses and the service is away: one warning, and on it goes", async () => {
    const { hub, provisioning } = await service();
    enrol(provisioning);
    const { link, reaches, log, failures } = await answers(hub, {
      env: envFor(provisioning),
      folder: await cleanUp.folder(),
    });
    await provisioning.stop();
    await hub.registry.update({ deviceId: "pi-1", status: "disabled" });
    await waitUntil("it was refused a few times", async () => (await failures("unauthorized")) >= 4);
    expect(link.status().lastFailure).toMatchObject({ class: "unauthorized", reason: "connack-5" });
    await hub.registry.update({ deviceId: "pi-1", status: "enabled" });
    await reaches("online");
    const warnings = log
      .lines()
      .filter(({ msg }) => msg?.startsWith("the hub that was assigned before is tried"));
    expect(warnings).toMatchObject([
      { level: "warn", class: "network", reason: "provisioning-ECONNREFUSED" },
    ]);
  });

  it("is tried at once anew after a refusal, but not again and again", async () => {
    const { hub, provisioning } = await service();
    enrol(provisioning);
    const choice = { env: envFor(provisioning), folder: await cleanUp.folder(), ca: hub.ca };
    await (await choose(choice)).identities.obtain(never);
    const { identities } = await choose(choice);
    const refusal = { class: "unauthorized", reason: "connack-5", message: "no" } as const;
    const fromDisk = await identities.obtain(never);
    expect(identities.rejected(fromDisk, refusal)).toBe("what the provisioning service says now");
    const fresh = await identities.obtain(never);
    expect(identities.rejected(fresh, refusal)).toBeUndefined();
    await identities.obtain(never);
    const worked = await identities.obtain(never);
    expect(identities.rejected(worked, refusal)).toBe("what the provisioning service says now");
  });
});

describe("what the provisioning service does not do is told", () => {
  async function failureOf(choice: Choice, signal = never) {
    const { identities } = await choose(choice);
    const error = await identities.obtain(signal).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(IdentityFailure);
    return (error as IdentityFailure).failure;
  }

  it("an unknown enrolment", async () => {
    const { hub, provisioning } = await service();
    const choice = { env: envFor(provisioning), folder: await cleanUp.folder(), ca: hub.ca };
    expect(await failureOf(choice)).toMatchObject({
      class: "unauthorized",
      reason: expect.stringMatching(/^provisioning-(401|connack-5)$/),
    });
  });

  it("a disabled one", async () => {
    const { hub, provisioning } = await service();
    enrol(provisioning);
    provisioning.enrolments.change("pi-1", { disabled: true });
    const choice = { env: envFor(provisioning), folder: await cleanUp.folder(), ca: hub.ca };
    expect(await failureOf(choice)).toMatchObject({ class: "unauthorized", reason: "provisioning-disabled" });
  });

  it("an allocation that failed", async () => {
    const { hub, provisioning } = await service({
      onRegister() {
        throw new Error("no room");
      },
    });
    enrol(provisioning);
    const choice = { env: envFor(provisioning), folder: await cleanUp.folder(), ca: hub.ca };
    expect(await failureOf(choice)).toMatchObject({
      class: "refused",
      reason: "provisioning-failed",
      message: expect.stringContaining("no room"),
    });
  });

  it("a service that is asked too often, with the time it wants to be left alone", async () => {
    const { hub, provisioning } = await service();
    enrol(provisioning);
    provisioning.throttle(1, { retryAfterSeconds: 7 });
    const choice = { env: envFor(provisioning), folder: await cleanUp.folder(), ca: hub.ca };
    expect(await failureOf(choice)).toMatchObject({
      class: "refused",
      reason: "provisioning-429",
      retryAfter: 7_000,
    });
  });

  it("one that takes its time, when nobody waits for it any more: the SDK does not ask again", async () => {
    const { hub, provisioning } = await service({ retryAfterSeconds: 60 });
    enrol(provisioning);
    const choice = { env: envFor(provisioning), folder: await cleanUp.folder(), ca: hub.ca };
    const [set, cleared] = [vi.spyOn(globalThis, "setTimeout"), vi.spyOn(globalThis, "clearTimeout")];
    cleanUp.add(() => {
      set.mockRestore();
      cleared.mockRestore();
    });
    const toAskAgain = () =>
      set.mock.results[set.mock.calls.findIndex(([, delay]) => delay === 60_000)]?.value;
    const stop = new AbortController();
    const failed = failureOf(choice, stop.signal);
    await waitUntil("it waits to ask again", () => toAskAgain() !== undefined);
    stop.abort();
    await failed;
    expect(cleared.mock.calls.flat()).toContain(toAskAgain());
  });

  it("one that is not there, or is not trusted", async () => {
    const { hub, provisioning } = await service();
    enrol(provisioning);
    const choice = { env: envFor(provisioning), folder: await cleanUp.folder() };
    expect(await failureOf(choice)).toMatchObject({
      class: "tls",
      message: expect.stringContaining("hub.caFile"),
    });
    await provisioning.stop();
    expect(await failureOf({ ...choice, ca: hub.ca })).toMatchObject({
      class: "network",
      reason: "provisioning-ECONNREFUSED",
    });
  });
});
