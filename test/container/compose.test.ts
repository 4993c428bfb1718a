import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { createCloudDevice } from "./support/cloud-device.ts";
import { queriesOfFleet } from "./support/dashboard.ts";
import {
  answers,
  canHaveImage,
  eventually,
  expectSuccess,
  ROOT,
  run,
  whyNoContainers,
} from "./support/engine.ts";
import { useImage } from "./support/image.ts";
import { createStack } from "./support/stack.ts";

const MIB = 1024 * 1024;
const skipped = whyNoContainers();
if (skipped !== undefined) process.stderr.write(`${skipped}: the compose file is not tried\n`);

describe.skipIf(skipped !== undefined)(
  `docker compose up${skipped === undefined ? "" : ` (${skipped})`}`,
  () => {
    const NAME = useImage();
    const noPrometheus = skipped !== undefined || !canHaveImage("prom/prometheus");
    const services = ["hub", "agent", "caller", "prometheus", "prometheus-agent", "central"];
    if (!noPrometheus && canHaveImage("grafana/grafana")) services.push("grafana");
    else process.stderr.write("skipped: no image of Grafana, so compose brings up everything else\n");
    const stack = createStack({ project: NAME, image: NAME, services });

    beforeAll(async () => {
      if (!noPrometheus) await stack.up();
    }, 180_000);

    afterAll(() => stack.down(), 120_000);

    test.skipIf(noPrometheus)(
      "brings the device online, and its caller calls it",
      async () => {
        const agent = await stack.url("agent", 9464);
        await eventually("ready", 60_000, async () =>
          expect((await fetch(`${agent}/readyz`)).status).toBe(200),
        );
        await eventually("a call of the caller", 30_000, async () => {
          const metrics = await (await fetch(`${agent}/metrics`)).text();
          expect(metrics).toMatch(/hubhand_method_calls_total\{method="DeviceMethod",outcome="ok"\} [1-9]/);
        });
      },
      100_000,
    );

    test.skipIf(noPrometheus)(
      "shows the status page at the published port",
      async () => {
        const page = (await stack.url("agent", 9464)).replace("127.0.0.1", "localhost");
        const html = await (await fetch(page)).text();
        const named = [...html.matchAll(/(?:href|src)="(page\/[^"]+)"/g)].map(([, part = ""]) => part);
        const parts = named.map((part) => new URL(part, page).href);
        expect(parts).toHaveLength(3);
        for (const part of parts) expect((await fetch(part)).status, part).toBe(200);
      },
      30_000,
    );

    test.skipIf(noPrometheus).each(["prometheus", "central"] as const)(
      "%s has the alerts, and can evaluate them",
      async (service) => {
        const rules = await stack.rules(service);
        expect(rules.map(({ name }) => name)).toContain("HubhandOffline");
        expect(rules.filter(({ health }) => health === "err")).toEqual([]);
      },
      30_000,
    );

    test.skipIf(noPrometheus)(
      "takes calls from this machine through the published port",
      async () => {
        expect(await callFromHere()).toMatchObject({
          status: 200,
          payload: { Response: "This is the response from the device" },
        });
      },
      60_000,
    );

    test.skipIf(noPrometheus)(
      "Prometheus sees the device and its calls, and answers every query of the fleet's dashboard",
      async () => {
        const ask = await stack.prometheus();
        await eventually("the device is up", 60_000, async () =>
          expect(await ask('up{job="hubhand"}')).toEqual([1]),
        );
        await eventually("calls are counted", 60_000, async () => {
          const [calls] = await ask('hubhand_method_calls_total{method="DeviceMethod",outcome="ok"}');
          expect(calls).toBeGreaterThan(0);
        });
        for (const { title, query, mayBeEmpty } of queriesOfFleet()) {
          await eventually(`${title}: ${query}`, 40_000, async () => {
            const values = await ask(query);
            if (!mayBeEmpty) expect(values.length, `${title} shows nothing`).toBeGreaterThan(0);
          });
        }
      },
      180_000,
    );

    test.skipIf(noPrometheus)(
      "with the profile cloud it is the agent alone, at the hub that the secret names",
      async () => {
        const folder = mkdtempSync(path.join(tmpdir(), "hubhand-authority-"));
        onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
        const { caFile } = await stack.serviceAccess(folder);
        const hubNetwork = `${NAME}_cloud`;
        const device = createCloudDevice({ project: `${NAME}-cloud`, image: NAME, hubNetwork, caFile });
        onTestFinished(() => device.down(), 60_000);

        const without = await device.up(undefined);
        expect(without.code).not.toBe(0);
        expect(without.stderr).toMatch(/connection-string/);

        const connectionString = await stack.addDevice("cloud-device");
        const key = connectionString.slice(connectionString.indexOf("SharedAccessKey=") + 16);
        expectSuccess("up", await device.up(connectionString));
        const containers = await device.inspect();
        expect(containers.map(({ Name }) => Name)).toEqual([expect.stringContaining("device")]);
        // Who may ask the engine, or list processes, does not see the key.
        expect(JSON.stringify(containers)).not.toContain(key);
        expect(containers[0]?.HostConfig).toMatchObject({
          ...{
            Memory: 128 * MIB,
            MemorySwap: 128 * MIB,
            NanoCpus: 1e9,
            PidsLimit: 200,
            ReadonlyRootfs: true,
          },
          RestartPolicy: { Name: "unless-stopped" },
          LogConfig: { Config: { "max-size": "5m", "max-file": "3" } },
        });
        const published = containers[0]?.NetworkSettings.Ports["9464/tcp"]?.[0];
        expect(published).toMatchObject({ HostIp: "127.0.0.1" });
        await eventually("ready", 60_000, async () =>
          expect((await fetch(`http://127.0.0.1:${published?.HostPort}/readyz`)).status).toBe(200),
        );
      },
      150_000,
    );

    test.skipIf(noPrometheus)(
      "every service turns healthy",
      async () => {
        await eventually("all healthy", 60_000, async () =>
          expect(await stack.health()).toEqual({
            ...Object.fromEntries(services.map((service) => [service, "healthy"])),
            // Its check wants a newer Prometheus than all tests are run with.
            "prometheus-agent": expect.any(String),
          }),
        );
      },
      80_000,
    );

    test.skipIf(noPrometheus)(
      "without its hub the device is alive and not ready; with it, it is back",
      async () => {
        const agent = await stack.url("agent", 9464);
        await stack.stop("hub");
        await eventually("not ready", 30_000, async () =>
          expect((await fetch(`${agent}/readyz`)).status).toBe(503),
        );
        expect((await fetch(`${agent}/livez`)).status).toBe(200);
        await stack.start("hub");
        await eventually("ready again", 60_000, async () =>
          expect((await fetch(`${agent}/readyz`)).status).toBe(200),
        );
        expect(await callFromHere()).toMatchObject({ status: 200 });
      },
      150_000,
    );

    test.skipIf(noPrometheus)(
      "a Prometheus that the device pushes to sees it, which cannot reach it",
      async () => {
        const ask = await stack.prometheus("central");
        await eventually("it has pushed", 60_000, async () =>
          expect(await ask('up{instance="demo-device",device="demo-device"}')).toEqual([1]),
        );
      },
      80_000,
    );

    test.skipIf(noPrometheus || !answers("promtool", "--version"))(
      "a Prometheus that discovers containers finds the device, once, under its name",
      async () => {
        const config = "deploy/prometheus/discovery/docker.yml";
        const args = ["check", "service-discovery", "--timeout=1s", config, "hubhand"];
        const found = JSON.parse(expectSuccess("promtool", await run("promtool", args))) as {
          discoveredLabels: Record<string, string>;
          labels: Record<string, string>;
        }[];
        const ours = found.filter(
          ({ discoveredLabels }) =>
            discoveredLabels.__meta_docker_container_label_com_docker_compose_project === NAME,
        );
        expect(ours.map(({ labels }) => labels.instance).filter(Boolean)).toEqual(["demo-device"]);
      },
      60_000,
    );

    /** With the verb `call` of this checkout, as from an operator's laptop. */
    async function callFromHere(): Promise<unknown> {
      const folder = mkdtempSync(path.join(tmpdir(), "hubhand-caller-"));
      onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
      const { connectionString, caFile } = await stack.serviceAccess(folder);
      const what = ["demo-device", "DeviceMethod", '{"method_number":"42"}'];
      const args = [path.join(ROOT, "src/main.ts"), "call", ...what, "--ca-file", caFile, "--json"];
      const ended = await run(process.execPath, args, {
        env: { IOTHUB_CONNECTION_STRING: connectionString },
      });
      return JSON.parse(expectSuccess("hubhand call", ended));
    }
  },
);
