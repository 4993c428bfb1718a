import { chmodSync } from "node:fs";
import path from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { startLocalHub } from "../../src/local-hub/index.ts";
import { createOptionsOf, wholeDeployment } from "../deploy/iotedge/support/manifests.ts";
import { startWorkload } from "../link/identities/support/workload.ts";
import { serviceClient } from "../local-hub/support/clients.ts";
import { cleanUpAfterEach } from "../support/clean-up.ts";
import { docker, eventually, ROOT, run, whyNoContainers } from "./support/engine.ts";
import { createContainer, getAs } from "./support/engine-api.ts";
import { useImage } from "./support/image.ts";

const skipped = whyNoContainers();
if (skipped !== undefined) process.stderr.write(`${skipped}: the module of IoT Edge is not tried\n`);

/** The hub behind the gateway, and what the Edge device calls itself. */
const [HUB, GATEWAY] = ["factory.azure-devices.net", "edge-device"];

describe.skipIf(skipped !== undefined)(
  `a module with the create options of the deployment${skipped === undefined ? "" : ` (${skipped})`}`,
  () => {
    const NAME = useImage();
    const cleanUp = cleanUpAfterEach();

    test("is online by the workload API, turns healthy, and shows its metrics to the collector", async () => {
      // Plays edgeHub; containers reach it by the address of this machine on their bridge.
      const hub = await startLocalHub({ hostNames: [HUB, GATEWAY], host: "0.0.0.0" });
      cleanUp.add(() => hub.stop());
      await hub.registry.create({ deviceId: "edge" });
      await hub.modules.create({ deviceId: "edge", moduleId: "hubhand" });
      const key = hub.modules.get("edge", "hubhand")?.primaryKey ?? "";
      const workload = await startWorkload(cleanUp, {
        moduleId: "hubhand",
        generationId: "1",
        key,
        ca: hub.ca,
      });
      const socket = new URL(workload.uri).pathname;
      // As the daemon has it, for modules that are not root: WORKLOAD_SOCKET_DEFAULT_PERMISSION in iotedge.
      chmodSync(socket, 0o666);

      const { modules } = wholeDeployment().agent;
      const module = modules.hubhand ?? expect.unreachable();
      const asked = createOptionsOf(module);
      const environment = {
        ...Object.fromEntries(Object.entries(module.env ?? {}).map(([name, { value }]) => [name, value])),
        ...{ IOTEDGE_WORKLOADURI: "unix:///run/iotedge/workload.sock", IOTEDGE_AUTHSCHEME: "sasToken" },
        ...{ IOTEDGE_DEVICEID: "edge", IOTEDGE_MODULEID: "hubhand", IOTEDGE_MODULEGENERATIONID: "1" },
        ...{ IOTEDGE_IOTHUBHOSTNAME: HUB, IOTEDGE_GATEWAYHOSTNAME: `${GATEWAY}:${hub.mqttPort}` },
        // Whoever made the checkout is a stranger to user 1000, unless by chance.
        HUBHAND_PLUGINS_TRUST_FOLDER: "true",
      };
      const volume = `${NAME}-data`;
      const plugins = path.join(ROOT, "examples/demo");
      await createContainer(NAME, {
        ...asked,
        Image: NAME,
        Env: Object.entries(environment).map(([name, value]) => `${name}=${value}`),
        // The image asks every 30 s; here there is no time for that.
        Healthcheck: { Interval: 1e9 },
        HostConfig: {
          ...asked.HostConfig,
          Binds: [
            ...asked.HostConfig.Binds.map((bind) =>
              bind
                .replace(/^\/srv\/hubhand\/plugins:/, `${plugins}:`)
                .replace(/^hubhand-data:/, `${volume}:`),
            ),
            // The daemon adds this one by itself.
            `${socket}:/run/iotedge/workload.sock`,
          ],
          PortBindings: { "9464/tcp": [{ HostIp: "127.0.0.1", HostPort: "" }] },
          ExtraHosts: [`${GATEWAY}:host-gateway`],
        },
      });
      onTestFinished(async () => {
        await run("docker", ["rm", "--force", NAME]);
        await run("docker", ["volume", "rm", volume]);
      }, 60_000);
      await docker("start", NAME);

      await eventually("healthy", 60_000, async () =>
        expect(await docker("inspect", "--format={{.State.Health.Status}}", NAME)).toBe("healthy"),
      );
      const published = (await docker("port", NAME, "9464")).split(":").at(-1);
      await eventually("ready", 60_000, async () =>
        expect((await fetch(`http://127.0.0.1:${published}/readyz`)).status).toBe(200),
      );
      const { result } = await serviceClient(hub).invokeDeviceMethod("edge", "hubhand", {
        methodName: "DeviceMethod",
        payload: { method_number: "42" },
        responseTimeoutInSeconds: 20,
      });
      expect(result).toMatchObject({ status: 200 });
      // The collector asks for it by its name in the network of the modules.
      const metrics = await getAs("hubhand:9464", `http://127.0.0.1:${published}/metrics`);
      expect(metrics.status).toBe(200);
      expect(metrics.text).toContain('hubhand_device_info{device="edge"');
    }, 150_000);
  },
);
