import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { queriesOfFleet } from "./support/dashboard.ts";
import {
  answers,
  canHaveImage,
  docker,
  eventually,
  expectSuccess,
  ROOT,
  run,
  whyNoContainers,
} from "./support/engine.ts";
import { createStack } from "./support/stack.ts";

const skipped = whyNoContainers();
if (skipped !== undefined) process.stderr.write(`${skipped}: the image and the compose file are not tried\n`);

/** Own names, so that it disturbs nothing else that runs on this engine. */
const NAME = process.env.CONTAINER_TEST_NAME ?? `hubhand-test-${randomBytes(4).toString("hex")}`;
const UNREACHABLE = `HostName=127.0.0.1:1;DeviceId=d;SharedAccessKey=${Buffer.alloc(32, "k").toString("base64")}`;
/** What a careful operator gives: nothing to write to, nothing to gain, 128 MB. */
const CONFINED = ["--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges", "--memory=128m"];

describe.skipIf(skipped !== undefined)(`containers${skipped === undefined ? "" : ` (${skipped})`}`, () => {
  beforeAll(async () => {
    await docker("build", "--quiet", "--build-arg=HUBHAND_COMMIT=0123456789ab", `--tag=${NAME}`, ".");
  }, 300_000);

  afterAll(async () => {
    await run("docker", ["image", "rm", "--force", NAME]);
  }, 60_000);

  describe("the image", () => {
    test("says what it is", async () => {
      const [config] = JSON.parse(await docker("image", "inspect", "--format=[{{json .Config}}]", NAME));
      const { version } = JSON.parse(readFileSync(path.join(ROOT, "package.json"), "utf8"));
      expect(config).toMatchObject({ User: "1000:1000", StopSignal: "SIGTERM", WorkingDir: "/app" });
      expect(config.ExposedPorts).toHaveProperty("9464/tcp");
      expect(config.Labels).toMatchObject({
        "org.opencontainers.image.version": version,
        "org.opencontainers.image.revision": "0123456789ab",
      });
      expect(await docker("run", "--rm", NAME, "--version")).toBe(version);
    });

    test("without a connection string ends with 78, a sentence, and no stack", async () => {
      const { code, stderr } = await run("docker", ["run", "--rm", NAME]);
      expect(stderr).toMatch(/^hubhand: No connection string\. .*\n$/);
      expect(code).toBe(78);
    });

    test("holds what runs, and nothing to build or change it with", async () => {
      const list = `const fs = require("node:fs");
        console.log(fs.readdirSync("/app").join());
        console.log(fs.readdirSync("/app/dist").filter((name) => !name.endsWith(".js")).join());
        for (const name of ["/app", "/app/dist/main.js", "/app/plugins", "/data"]) {
          try { fs.accessSync(name, fs.constants.W_OK); console.log(name, "can be changed"); } catch {}
        }`;
      const lines = (await docker("run", "--rm", "--entrypoint=node", NAME, "-e", list)).split("\n");
      expect(lines).toEqual([
        "LICENSE,config,dist,examples,package.json,plugins",
        "THIRD-PARTY-LICENSES.txt,status-page",
        "/data can be changed",
      ]);
    });

    test("confined as far as it goes, it turns healthy, and on SIGTERM drains and exits 0", async () => {
      const plugins = `--volume=${path.join(ROOT, "examples/demo")}:/app/plugins:ro`;
      // The health check of the image comes every 30 s; here there is no time for that.
      const check = ["--health-interval=1s", "--health-start-period=0s"];
      const environment = [
        `--env=HUBHAND_CONNECTION_STRING=${UNREACHABLE}`,
        // Whoever made the checkout is a stranger to user 1000, unless by chance.
        "--env=HUBHAND_PLUGINS_TRUST_FOLDER=true",
        // The health check has none, and needs none.
        "--env=HUBHAND_OBSERVE_PASSWORD=a-password-of-the-test",
      ];
      await docker("run", "--detach", `--name=${NAME}`, ...CONFINED, ...check, plugins, ...environment, NAME);
      onTestFinished(() => void run("docker", ["rm", "--force", NAME]));
      await eventually("healthy", 30_000, async () => {
        expect(await docker("inspect", "--format={{.State.Health.Status}}", NAME)).toBe("healthy");
      });
      // Healthy is not ready: on a slow machine the plugin comes later.
      await eventually("the plugin serves", 30_000, async () => {
        expect(await docker("logs", NAME)).toContain('plugin \\"device-method\\" serves');
      });
      expect(await docker("exec", NAME, "id", "-u")).toBe("1000");
      const stopping = performance.now();
      await docker("stop", "--time=30", NAME);
      expect(performance.now() - stopping).toBeLessThan(10_000);
      expect(await docker("inspect", "--format={{.State.ExitCode}} {{.State.OOMKilled}}", NAME)).toBe(
        "0 false",
      );
      const { stdout, stderr } = await run("docker", ["logs", NAME]);
      const messages = stdout
        .trim()
        .split("\n")
        .map((line) => String(JSON.parse(line).msg));
      expect(messages).toContain('plugin "device-method" serves');
      expect(messages.at(-1)).toBe("stopped");
      expect(stderr).toBe("");
    }, 90_000);
  });

  describe("docker compose up", () => {
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
      "without its hub the device is alive and not ready; with it, it is back",
      async () => {
        const agent = await stack.url("agent", 9464);
        await stack.compose("stop", "hub");
        await eventually("not ready", 30_000, async () =>
          expect((await fetch(`${agent}/readyz`)).status).toBe(503),
        );
        expect((await fetch(`${agent}/livez`)).status).toBe(200);
        await stack.compose("start", "hub");
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
  });
});
