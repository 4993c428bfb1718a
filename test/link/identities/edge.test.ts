import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { IdentityFailure } from "../../../src/link/identity.ts";
import { type LocalHub, startLocalHub } from "../../../src/local-hub/index.ts";
import { serviceClient } from "../../local-hub/support/clients.ts";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { waitUntil } from "../../support/time/wait-until.ts";
import { linkTo } from "../support/link-on-hub.ts";
import { choose, never } from "./support/chosen.ts";
import { startWorkload } from "./support/workload.ts";

const cleanUp = cleanUpAfterEach();

/** The hub behind the gateway, which is what tokens are made for. */
const HUB = "factory.azure-devices.net";

/** A hub that plays an IoT Edge device's own, with a module on it. */
async function edgeHub(): Promise<LocalHub> {
  const hub = await startLocalHub({ hostNames: [HUB] });
  cleanUp.add(() => hub.stop());
  await hub.registry.create({ deviceId: "edge" });
  await hub.modules.create({ deviceId: "edge", moduleId: "agent" });
  return hub;
}

async function edgeModule(hub: LocalHub) {
  const workload = await startWorkload(cleanUp, {
    moduleId: "agent",
    generationId: "638",
    key: hub.modules.get("edge", "agent")?.primaryKey ?? "",
    ca: hub.ca,
  });
  const env = {
    IOTEDGE_WORKLOADURI: workload.uri,
    IOTEDGE_DEVICEID: "edge",
    IOTEDGE_MODULEID: "agent",
    IOTEDGE_IOTHUBHOSTNAME: HUB,
    IOTEDGE_GATEWAYHOSTNAME: `localhost:${hub.mqttPort}`,
    IOTEDGE_AUTHSCHEME: "sasToken",
    IOTEDGE_MODULEGENERATIONID: "638",
  };
  return { workload, env };
}

async function call(hub: LocalHub): Promise<unknown> {
  const { result } = await serviceClient(hub).invokeDeviceMethod("edge", "agent", {
    methodName: "any",
    payload: null,
    responseTimeoutInSeconds: 10,
  });
  return result;
}

describe("a module of IoT Edge", () => {
  it("is online through the gateway by the daemon's signature and trust bundle, and its methods are answered", async () => {
    const hub = await edgeHub();
    const { workload, env } = await edgeModule(hub);
    const { identities } = await choose({ env, folder: await cleanUp.folder() });
    // Node trusts no such hub: only the bundle does.
    const { link, reaches } = linkTo(cleanUp, hub, {
      identities,
      trust: { files: [], read: async () => undefined },
    });
    link.start();
    await reaches("online");
    expect(link.status().identity).toEqual({
      hub: HUB,
      device: "edge",
      module: "agent",
      gateway: `localhost:${hub.mqttPort}`,
      proof: "edge-workload",
    });
    expect(await call(hub)).toMatchObject({ status: 200, payload: "ok" });
    expect(workload.requests).toEqual([
      "GET /trust-bundle?api-version=2018-06-28",
      "POST /modules/agent/genid/638/sign?api-version=2018-06-28",
    ]);
  });

  it("asks for the bundle for each session, and stays with the last one while the daemon is away", async () => {
    const hub = await edgeHub();
    const { workload, env } = await edgeModule(hub);
    const { identities, log } = await choose({ env, folder: await cleanUp.folder() });
    expect((await identities.obtain(never)).ca).toBe(hub.ca);
    workload.trust("another");
    expect((await identities.obtain(never)).ca).toBe("another");
    await workload.stop();
    expect((await identities.obtain(never)).ca).toBe("another");
    expect(log.lines().at(-1)).toMatchObject({ level: "warn", msg: expect.stringContaining("trust bundle") });
  });

  it("tells a daemon that is not there, and goes on asking", async () => {
    const hub = await edgeHub();
    const { workload, env } = await edgeModule(hub);
    await workload.stop();
    const { identities } = await choose({ env, folder: await cleanUp.folder() });
    const error = await identities.obtain(never).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(IdentityFailure);
    expect((error as IdentityFailure).failure).toMatchObject({
      class: "network",
      reason: "workload-ENOENT",
      message: expect.stringContaining(env.IOTEDGE_WORKLOADURI),
    });
  });

  it("needs no bundle if hub.caFile says whom to trust", async () => {
    const hub = await edgeHub();
    const { workload, env } = await edgeModule(hub);
    const folder = await cleanUp.folder();
    const caFile = join(folder, "ca.pem");
    await writeFile(caFile, hub.ca);
    const { identities } = await choose({ env: { ...env, HUBHAND_HUB_CA_FILE: caFile }, folder });
    expect(await identities.obtain(never)).not.toHaveProperty("ca");
    expect(workload.requests).toEqual([]);
  });

  it("tells a daemon that does not sign any more, though its trust bundle is known", async () => {
    const hub = await edgeHub();
    const { workload, env } = await edgeModule(hub);
    const { identities } = await choose({ env, folder: await cleanUp.folder() });
    await identities.obtain(never);
    await workload.stop();
    const { link } = linkTo(cleanUp, hub, { identities });
    link.start();
    await waitUntil("it failed", () => link.status().lastFailure !== undefined);
    expect(link.status().lastFailure).toMatchObject({
      class: "network",
      reason: "workload-unsigned",
      message: expect.stringContaining("workload API"),
    });
  });
});

describe("a module that Microsoft's simulator of IoT Edge runs", () => {
  it("is online by the connection string and the certificates in its environment", async () => {
    const hub = await edgeHub();
    const folder = await cleanUp.folder();
    const caFile = join(folder, "edge-ca.pem");
    await writeFile(caFile, hub.ca);
    const reachedBy = { hostName: HUB, gatewayHostName: "localhost" };
    const env = {
      EdgeHubConnectionString: hub.moduleConnectionString("edge", "agent", reachedBy),
      EdgeModuleCACertificateFile: caFile,
    };
    const { identities } = await choose({ env, folder });
    expect(identities.files).toEqual([caFile]);
    const { link, reaches } = linkTo(cleanUp, hub, {
      identities,
      trust: { files: [], read: async () => undefined },
    });
    link.start();
    await reaches("online");
    expect(await call(hub)).toMatchObject({ status: 200 });
  });
});
