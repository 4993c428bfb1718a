import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { answers, docker, expectSuccess, ROOT, run } from "./engine.ts";

export interface StackOptions {
  /** Names containers, networks and volumes. */
  readonly project: string;
  readonly image: string;
  readonly services: readonly string[];
}

/** Each published port is any that is free: set to nothing, compose leaves it to the engine. */
export const ANY_PORTS = {
  ...{ AGENT_PORT: "", HUB_MQTT_PORT: "", HUB_HTTPS_PORT: "", PROMETHEUS_PORT: "", GRAFANA_PORT: "" },
  CENTRAL_PORT: "",
};

/** The compose file of this project, up and down, on whatever ports are free. */
export function createStack({ project, image, services }: StackOptions) {
  const env: Record<string, string> = {
    COMPOSE_PROJECT_NAME: project,
    COMPOSE_PROFILES: "remote-write",
    HUBHAND_IMAGE: image,
    ...ANY_PORTS,
  };

  const containers = new Map<string, string>();
  let folder: string | undefined;

  async function compose(...args: string[]): Promise<string> {
    const [command, ...first] = composeCommand();
    const ended = await run(command, [...first, ...args], { env, timeoutMs: 170_000 });
    return expectSuccess(`docker compose ${args.join(" ")}`, ended);
  }

  /** The container of a service. What follows asks the engine itself: to start compose costs more than what it does. */
  async function container(service: string): Promise<string> {
    const known = containers.get(service);
    if (known !== undefined) return known;
    const labels = [`project=${project}`, `service=${service}`];
    const of = labels.map((label) => `--filter=label=com.docker.compose.${label}`);
    const id = await docker("ps", "--quiet", ...of);
    containers.set(service, id);
    return id;
  }

  async function url(service: string, port: number): Promise<string> {
    const published = (await docker("port", await container(service), String(port))).split(":").at(-1);
    return `http://127.0.0.1:${published}`;
  }

  const inside = async (service: string, ...command: string[]): Promise<string> =>
    docker("exec", await container(service), ...command);

  return {
    url,
    async up() {
      const { stdout, stderr } = await run("docker", ["run", "--rm", "prom/prometheus", "--version"]);
      if (/version 2\./.test(stdout + stderr)) env.PROMETHEUS_AGENT_FLAG = "--enable-feature=agent";
      folder = await mkdtemp(path.join(tmpdir(), "hubhand-stack-"));
      env.PROMETHEUS_AGENT_CONFIG = await quickAgentConfig(folder);
      await compose("up", "--detach", "--no-build", ...services);
    },
    stop: async (service: string) => docker("stop", await container(service)),
    start: async (service: string) => docker("start", await container(service)),
    /** What the engine says of each service's health: `healthy`, `unhealthy` or `starting`; `none` where nobody asks. */
    async health(): Promise<Record<string, string>> {
      const format = "--format={{if .State.Health}}{{.State.Health.Status}}{{else}}none{{end}}";
      const ids = await Promise.all(services.map(container));
      const states = (await docker("inspect", format, ...ids)).split("\n");
      return Object.fromEntries(services.map((service, index) => [service, states[index] ?? ""]));
    },
    /** Takes everything away, volumes too. */
    async down() {
      await compose("down", "--volumes", "--remove-orphans", "--timeout", "5");
      if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    },
    /** What a back end on this machine needs: the service's connection string for the published port, and the CA. */
    async serviceAccess(folder: string): Promise<{ connectionString: string; caFile: string }> {
      const files = ["/credentials/service-connection-string", "/credentials/ca.pem"];
      const [own = "", ...ca] = (await inside("hub", "cat", ...files)).split("\n");
      const { port } = new URL(await url("hub", 8443));
      const caFile = path.join(folder, "ca.pem");
      await writeFile(caFile, `${ca.join("\n")}\n`);
      return { connectionString: own.replace(/HostName=[^;]+/, `HostName=localhost:${port}`), caFile };
    },
    /** Makes a device in the hub, and returns the connection string for containers beside it. */
    async addDevice(deviceId: string): Promise<string> {
      const script = `
        const { readFileSync } = require("node:fs");
        const authorization = readFileSync("/credentials/service-token", "utf8").trim();
        fetch("https://localhost:8443/devices/${deviceId}?api-version=2021-04-12", {
          method: "PUT",
          headers: { authorization, "content-type": "application/json" },
          body: JSON.stringify({ deviceId: "${deviceId}" }),
        }).then((response) => response.json()).then((made) => console.log(made.authentication.symmetricKey.primaryKey));`;
      const trusting = ["env", "NODE_EXTRA_CA_CERTS=/credentials/ca.pem"];
      const key = await inside("hub", ...trusting, "node", "-e", script);
      return `HostName=hub;DeviceId=${deviceId};SharedAccessKey=${key}`;
    },
    /** Asks PromQL of that beside the device, or of the central one, and gets the values of what it finds now. */
    async prometheus(
      service: "prometheus" | "central" = "prometheus",
    ): Promise<(query: string) => Promise<number[]>> {
      const base = await url(service, 9090);
      return async (query) => {
        const response = await fetch(`${base}/api/v1/query?query=${encodeURIComponent(query)}`);
        const answer = (await response.json()) as PrometheusAnswer;
        if (answer.status !== "success") throw new Error(`${answer.error}: ${query}`);
        return answer.data.result.map(({ value }) => Number(value[1]));
      };
    },
    /** The alerts and recording rules that one of them has loaded, and what became of their evaluation. */
    async rules(service: "prometheus" | "central"): Promise<Rule[]> {
      const response = await fetch(`${await url(service, 9090)}/api/v1/rules`);
      const { data } = (await response.json()) as { data: { groups: { rules: Rule[] }[] } };
      return data.groups.flatMap(({ rules }) => rules);
    },
  };
}

interface Rule {
  readonly name: string;
  readonly health: "ok" | "unknown" | "err";
}

/** That which is pushed is scraped once a minute: tests have no time for that. */
async function quickAgentConfig(folder: string): Promise<string> {
  const shipped = await readFile(path.join(ROOT, "deploy/prometheus/agent.yml"), "utf8");
  const file = path.join(folder, "agent.yml");
  await writeFile(file, shipped.replace("scrape_interval: 60s", "scrape_interval: 2s"), { mode: 0o644 });
  return file;
}

type PrometheusAnswer =
  | { readonly status: "success"; readonly data: { readonly result: readonly { value: [number, string] }[] } }
  | { readonly status: "error"; readonly error: string };

/** `docker compose` where it is a part of docker, else the program of old. */
export function composeCommand(): [string, ...string[]] {
  command ??= answers("docker", "compose", "version") ? ["docker", "compose"] : ["docker-compose"];
  return command;
}

let command: [string, ...string[]] | undefined;
