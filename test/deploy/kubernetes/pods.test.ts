import { chown, readdir, writeFile } from "node:fs/promises";
import { networkInterfaces } from "node:os";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import {
  deriveDeviceKey,
  type LocalHub,
  type LocalProvisioning,
  startLocalHub,
} from "../../../src/local-hub/index.ts";
import { docker, run, whyNoContainers } from "../../container/support/engine.ts";
import { useImage } from "../../container/support/image.ts";
import { createTestAuthority, createTestCertificate } from "../../support/certificates.ts";
import { cleanUpAfterAll, cleanUpAfterEach } from "../../support/clean-up.ts";
import { callMethod } from "../../support/hub/call-method.ts";
import { waitUntil } from "../../support/time/wait-until.ts";
import type { Manifest } from "./support/manifest.ts";
import { type PodOptions, type RunningPod, startPod } from "./support/pod.ts";
import { render, WHY_NOT_RENDERED } from "./support/render.ts";

/** By which containers reach this machine, if their engine is on it. */
const GATEWAY = networkInterfaces().docker0?.find(({ family }) => family === "IPv4")?.address ?? "";
const skipped = WHY_NOT_RENDERED ?? whyNoContainers() ?? whyNotHere();
if (skipped !== undefined) process.stderr.write(`${skipped}: pods are not tried\n`);

/** A guard: where other tests build images meanwhile, a container takes its time. */
const READY_LIMIT_MS = 75_000;

const answering = (answer: string): string => `export default { methods: { greet: () => "${answer}" } };`;

describe.skipIf(skipped !== undefined)(
  "a pod, with Docker in the kubelet's place",
  { timeout: 150_000 },
  () => {
    const image = useImage();
    const cleanUpAll = cleanUpAfterAll();
    const cleanUp = cleanUpAfterEach();
    let hub: LocalHub;
    let provisioning: LocalProvisioning;
    let more: string[];

    beforeAll(async () => {
      // Containers come by the address of their bridge, this process by its loopback.
      hub = await startLocalHub({ host: "0.0.0.0", hostNames: [GATEWAY] });
      cleanUpAll.add(() => hub.stop());
      provisioning = await hub.startProvisioning({ hostName: GATEWAY, retryAfterSeconds: 0 });
      const ca = path.join(await cleanUpAll.folder(), "ca.pem");
      await writeFile(ca, hub.ca, { mode: 0o644 });
      more = [`--volume=${ca}:/test/ca.pem:ro`, "--env=HUBHAND_HUB_CA_FILE=/test/ca.pem"];
    });

    const start = (folder: string, options: Partial<PodOptions>): Promise<RunningPod> =>
      startPod(cleanUp, {
        ...{
          manifests: render(folder),
          image,
          name: `${image}-pod`,
          nodeName: "gateway-7",
          given: {},
          nodeFolders: {},
          more,
        },
        ...options,
      });

    /** The hub's side of a device, and the Secret that the device is given. */
    function enrol(deviceId: string): { "connection-string": string } {
      hub.registry.create({ deviceId });
      const written = hub.deviceConnectionString(deviceId, { hostName: GATEWAY });
      return { "connection-string": `${written}\n` };
    }

    /** What an expression comes to in the agent's container, which need have nothing but Node. */
    const inside = (pod: RunningPod, expression: string): Promise<string> =>
      docker("exec", pod.agent, "node", "-p", expression);

    /** Ready as the kubelet sees it, unless the agent ends before. */
    async function becomesReady(pod: RunningPod): Promise<void> {
      let hasEnded = false;
      // Told by one process: to start `docker` for each look costs more than the agent's start.
      const ended = run("docker", ["wait", pod.agent], { timeoutMs: READY_LIMIT_MS * 2 });
      void ended.then(() => {
        hasEnded = true;
      });
      const isReady = async () => (await pod.probe("readinessProbe").catch(() => 0)) === 200;
      await waitUntil("it is ready", async () => hasEnded || (await isReady()), READY_LIMIT_MS);
      if (!hasEnded) return;
      const { stdout, stderr } = await run("docker", ["logs", pod.agent]);
      throw new Error(`the agent has ended: ${stdout}${stderr}`);
    }

    it("of a device: restricted, online, with plugins of a ConfigMap that change in one step; it drains", async () => {
      const pod = await start("examples/one-device", { given: { hubhand: enrol("pi-1") } });
      await becomesReady(pod);
      expect(await pod.probe("startupProbe")).toBe(200);
      expect(await pod.probe("livenessProbe")).toBe(200);
      const greet = async (payload: unknown): Promise<unknown> =>
        (await callMethod(hub, "pi-1", { methodName: "greet", payload })).payload;
      expect(await greet({ name: "k3s" })).toEqual({ greeting: "hello k3s" });

      await pod.change("hubhand-plugins", { "greet.ts": answering("otherwise") });
      await waitUntil("the new version serves", async () => (await greet({ name: "k3s" })) === "otherwise");

      expect((await inside(pod, `fs.readFileSync("/proc/1/status", "utf8")`)).split("\n")).toEqual(
        expect.arrayContaining([
          ...["Uid:\t1000\t1000\t1000\t1000", "Gid:\t1000\t1000\t1000\t1000", "CapBnd:\t0000000000000000"],
          ...["NoNewPrivs:\t1", "Seccomp:\t2"],
        ]),
      );
      await expect(inside(pod, `fs.writeFileSync("/app/x", "")`)).rejects.toThrow("EROFS");
      await docker("stop", `--time=${pod.gracePeriodSeconds}`, pod.agent);
      expect(await docker("inspect", "--format={{.State.ExitCode}}", pod.agent)).toBe("0");
    });

    it("with a sidecar: what the plugin's container answers is the reply", async () => {
      const token = "a-token-of-the-test";
      const sidecar = { token, settings: JSON.stringify({ meter: { token } }) };
      const pod = await start("examples/sidecar", {
        given: { hubhand: enrol("pi-2"), "hubhand-sidecar": sidecar },
      });
      await becomesReady(pod);
      const call = { methodName: "meter.add", payload: { pulses: 1500 } };
      expect(await callMethod(hub, "pi-2", call)).toEqual({
        status: 200,
        payload: { pulses: 1500, kilowattHours: 1.5 },
      });
    });

    /** The rendered objects with this hub's ID scope in place of one of Azure's form. */
    const provisionedBy = (folder: string, { idScope }: LocalProvisioning): Manifest[] =>
      render(folder).map((one) =>
        one.data?.["id-scope"] === undefined ? one : { ...one, data: { "id-scope": idScope } },
      );
    /** An operator's own settings, which the manifests name and do not hold. */
    const settingsFor = ({ endpoint }: LocalProvisioning) => ({
      "hubhand-settings": { HUBHAND_HUB_PROVISIONING_ENDPOINT: endpoint },
    });

    it("of a node: by its name and a key of its own, by HTTPS, and with a token that no probe is asked for", async () => {
      const groupKey = Buffer.alloc(32, "g").toString("base64");
      provisioning.enrolments.addGroup({
        groupId: "with-keys",
        attestation: { kind: "symmetricKey", primaryKey: groupKey },
      });
      const key = deriveDeviceKey({ groupKey, registrationId: "gateway-7" });
      const tls = await createTestCertificate({ commonName: "hubhand", hostNames: ["hubhand"] });
      const pod = await start("examples/nodes-with-keys", {
        manifests: provisionedBy("examples/nodes-with-keys", provisioning),
        given: {
          "hubhand-node-keys": { "gateway-7": key, "gateway-8": "of another node" },
          "hubhand-observe": { token: "a-token-of-the-test" },
          "hubhand-observe-tls": { "tls.crt": tls.certificate, "tls.key": tls.privateKey },
          ...settingsFor(provisioning),
        },
      });
      await becomesReady(pod);
      expect(hub.isConnected("gateway-7")).toBe(true);
      expect(await pod.probe("livenessProbe")).toBe(200);
      expect(await pod.ask("/metrics")).toBe(401);
      expect(await inside(pod, `fs.readdirSync("/etc/hubhand", { recursive: true }).join()`)).not.toMatch(
        /gateway/,
      );
    });

    it("of a node: by a certificate in a folder of the node, with what lasts in another", async () => {
      const authority = await createTestAuthority();
      provisioning.enrolments.addGroup({
        groupId: "with-certificates",
        attestation: { kind: "authority", authorities: [authority.certificate] },
      });
      const own = await createTestCertificate({ commonName: "gateway-7", issuer: authority });
      const [identity, state] = [await cleanUp.folder(), await cleanUp.folder()];
      for (const [name, text] of [
        ["device.pem", own.certificate],
        ["device-key.pem", own.privateKey],
      ] as const) {
        await writeFile(path.join(identity, name), text, { mode: 0o400 });
        await chown(path.join(identity, name), 1000, 1000);
      }
      for (const folder of [identity, state]) await chown(folder, 1000, 1000);
      const folder = "examples/nodes-with-certificates";
      const pod = await start(folder, {
        manifests: provisionedBy(folder, provisioning),
        given: settingsFor(provisioning),
        nodeFolders: { "/etc/hubhand/identity": identity, "/var/lib/hubhand": state },
      });
      await becomesReady(pod);
      expect(await callMethod(hub, "gateway-7", { methodName: "greet" })).toEqual({
        status: 200,
        payload: { greeting: "hello" },
      });
      await waitUntil("its place is kept", async () => (await readdir(state)).includes("provisioning.json"));
    });
  },
);

/** The scene is made of files that are root's, and of an address of this machine. */
function whyNotHere(): string | undefined {
  if (process.getuid?.() !== 0) return "skipped: not root, so that files cannot be given to a pod's group";
  return GATEWAY === "" ? "skipped: the container engine is on another machine" : undefined;
}
