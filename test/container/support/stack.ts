import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { answers, expectSuccess, ROOT, run } from "./engine.ts";

export interface StackOptions {
  /** Names containers, networks and volumes. */
  readonly project: string;
  readonly image: string;
  readonly services: readonly string[];
}

/** The compose file of this project, up and down, on whatever ports are free. */
export function createStack({ project, image, services }: StackOptions) {
  const env: Record<string, string> = {
    COMPOSE_PROJECT_NAME: project,
    COMPOSE_PROFILES: "remote-write",
    HUBHAND_IMAGE: image,
    // Set to nothing, compose publishes them on any free port.
    ...{ AGENT_PORT: "", HUB_MQTT_PORT: "", HUB_HTTPS_PORT: "", PROMETHEUS_PORT: "", GRAFANA_PORT: "" },
    CENTRAL_PORT: "",
  };

  let folder: string | undefined;

  async function compose(...args: string[]): Promise<string> {
    const [command, ...first] = composeCommand();
    const ended = await run(command, [...first, ...args], { env, timeoutMs: 170_000 });
    return expectSuccess(`docker compose ${args.join(" ")}`, ended);
  }

  async function url(service: string, port: number, scheme = "http"): Promise<string> {
    const published = (await compose("port", service, String(port))).split(":").at(-1);
    return `${scheme}://127.0.0.1:${published}`;
  }

  return {
    compose,
    url,
    async up() {
      const { stdout, stderr } = await run("docker", ["run", "--rm", "prom/prometheus", "--version"]);
      if (/version 2\./.test(stdout + stderr)) env.PROMETHEUS_AGENT_FLAG = "--enable-feature=agent";
      folder = await mkdtemp(path.join(tmpdir(), "hubhand-stack-"));
      env.PROMETHEUS_AGENT_CONFIG = await quickAgentConfig(folder);
      await compose("up", "--detach", "--no-build", ...services);
    },
    /** Takes everything away, volumes too. */
    async down() {
      await compose("down", "--volumes", "--remove-orphans", "--timeout", "5");
      if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    },
    /** What a back end on this machine needs: the service's connection string for the published port, and the CA. */
    async serviceAccess(folder: string): Promise<{ connectionString: string; caFile: string }> {
      const inside = await compose("exec", "-T", "hub", "cat", "/credentials/service-connection-string");
      const { port } = new URL(await url("hub", 8443));
      const caFile = path.join(folder, "ca.pem");
      await writeFile(caFile, `${await compose("exec", "-T", "hub", "cat", "/credentials/ca.pem")}\n`);
      return { connectionString: inside.replace(/HostName=[^;]+/, `HostName=localhost:${port}`), caFile };
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
function composeCommand(): [string, ...string[]] {
  return answers("docker", "compose", "version") ? ["docker", "compose"] : ["docker-compose"];
}
