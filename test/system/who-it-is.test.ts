import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type LocalHub, startLocalHub } from "../../src/local-hub/index.ts";
import { type HubhandProcess, startHubhand } from "../support/agent/hubhand-process.ts";
import { createTestCertificate, thumbprintsOf, writeCertificate } from "../support/certificates.ts";
import { cleanUpAfterEach } from "../support/clean-up.ts";
import { callMethod } from "../support/hub/call-method.ts";

const cleanUp = cleanUpAfterEach();

const KEY = Buffer.alloc(32, 6).toString("base64");
const RENEWED = Buffer.alloc(32, 8).toString("base64");

async function startHub(): Promise<LocalHub> {
  const hub = await startLocalHub({ dataDirectory: await cleanUp.folder() });
  cleanUp.add(() => hub.stop());
  return hub;
}

function start(hub: LocalHub, env: Record<string, string>): HubhandProcess {
  const agent = startHubhand(["run"], {
    HUBHAND_HUB_CA_FILE: hub.caFile ?? "",
    HUBHAND_PLUGINS_DIRECTORY: "examples/demo",
    HUBHAND_OBSERVE_PORT: "0",
    HUBHAND_LOG_LEVEL: "trace",
    ...env,
  });
  cleanUp.add(() => stop(agent));
  return agent;
}

async function stop(agent: HubhandProcess): Promise<void> {
  agent.kill("SIGKILL");
  await agent.exited;
}

const isOnline = ({ state }: { state?: unknown }): boolean => state === "online";

async function ping(hub: LocalHub): Promise<unknown> {
  // A device that has just gone may come back while the call waits.
  return await callMethod(hub, "pi-1", { methodName: "hubhand.ping", connectTimeoutInSeconds: 30 });
}

describe("the agent, as a process of its own", () => {
  it("comes back by itself when its key is renewed, first at the hub and then in the file; no key is in its log", async () => {
    const hub = await startHub();
    await hub.registry.create({ deviceId: "pi-1", primaryKey: KEY });
    const file = join(await cleanUp.folder(), "connection-string");
    await writeFile(file, hub.deviceConnectionString("pi-1"));
    const agent = start(hub, { HUBHAND_CONNECTION_STRING_FILE: file });
    await agent.line("it is online", isOnline);
    await hub.registry.update({ deviceId: "pi-1", primaryKey: RENEWED });
    await agent.line("it is refused", (line) => line.class === "unauthorized");
    await writeFile(file, hub.deviceConnectionString("pi-1"));
    expect(await ping(hub)).toMatchObject({ status: 200 });
    for (const key of [KEY, RENEWED]) expect(agent.output()).not.toContain(key.slice(0, 12));
  });

  it("is online with a locked certificate, and its metrics tell when that ends", async () => {
    const hub = await startHub();
    const certificate = await createTestCertificate({ commonName: "pi-1" });
    const { sha256 } = thumbprintsOf(certificate.certificate);
    await hub.registry.create({ deviceId: "pi-1", primaryThumbprint: sha256 });
    const folder = await cleanUp.folder();
    const passphrase = "correct horse battery staple";
    const { certificateFile, keyFile } = await writeCertificate(certificate, { folder, passphrase });
    const agent = start(hub, {
      HUBHAND_CONNECTION_STRING: hub.deviceConnectionString("pi-1"),
      HUBHAND_HUB_CERTIFICATE_FILE: certificateFile,
      HUBHAND_HUB_CERTIFICATE_KEY_FILE: keyFile,
      HUBHAND_HUB_CERTIFICATE_PASSPHRASE: passphrase,
    });
    const { url } = await agent.line("it listens", (line) => typeof line.url === "string");
    expect(await ping(hub)).toMatchObject({ status: 200 });
    const metrics = await (await fetch(`${url}/metrics`)).text();
    const [, end] = /^hubhand_link_certificate_expiry_timestamp_seconds (\S+)$/m.exec(metrics) ?? [];
    expect(Number(end)).toBeGreaterThan(Date.now() / 1000);
    expect(agent.output()).not.toContain("horse");
  });

  it("asks the provisioning service once, and starts without it from then on", async () => {
    const hub = await startHub();
    const provisioning = await hub.startProvisioning({ retryAfterSeconds: 0 });
    cleanUp.add(() => provisioning.stop());
    provisioning.enrolments.addGroup({
      groupId: "fleet",
      attestation: { kind: "symmetricKey", primaryKey: KEY },
    });
    const state = join(await cleanUp.folder(), "state");
    const env = {
      HUBHAND_HUB_PROVISIONING_ID_SCOPE: provisioning.idScope,
      HUBHAND_HUB_PROVISIONING_ENDPOINT: provisioning.endpoint,
      HUBHAND_HUB_PROVISIONING_REGISTRATION_ID: "pi-1",
      HUBHAND_HUB_PROVISIONING_GROUP_KEY: KEY,
      HUBHAND_STATE_DIRECTORY: state,
    };
    const first = start(hub, env);
    await first.line("it is online", isOnline); // Before, the hub does not even know it.
    expect(await ping(hub)).toMatchObject({ status: 200 });
    await stop(first);
    await provisioning.stop();
    const second = start(hub, env);
    await second.line("it is online", isOnline);
    expect(await ping(hub)).toMatchObject({ status: 200 });
    const kept = await readFile(join(state, "provisioning.json"), "utf8");
    for (const text of [first.output(), second.output(), kept]) expect(text).not.toContain(KEY.slice(0, 12));
  });
});
