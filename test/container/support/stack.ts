import { writeFile } from "node:fs/promises";
import path from "node:path";
import { answers, expectSuccess, run } from "./engine.ts";

export interface StackOptions {
  /** Names containers, networks and volumes. */
  readonly project: string;
  readonly image: string;
  readonly services: readonly string[];
}

/** The compose file of this project, up and down, on whatever ports are free. */
export function createStack({ project, image, services }: StackOptions) {
  const env = {
    COMPOSE_PROJECT_NAME: project,
    HUBHAND_IMAGE: image,
    // Set to nothing, compose publishes them on any free port.
    ...{ AGENT_PORT: "", HUB_MQTT_PORT: "", HUB_HTTPS_PORT: "", PROMETHEUS_PORT: "", GRAFANA_PORT: "" },
  };

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
    up: () => compose("up", "--detach", "--no-build", ...services),
    /** Takes everything away, volumes too. */
    down: () => compose("down", "--volumes", "--remove-orphans", "--timeout", "5"),
    /** What a back end on this machine needs: the service's connection string for the published port, and the CA. */
    async serviceAccess(folder: string): Promise<{ connectionString: string; caFile: string }> {
      const inside = await compose("exec", "-T", "hub", "cat", "/credentials/service-connection-string");
      const { port } = new URL(await url("hub", 8443));
      const caFile = path.join(folder, "ca.pem");
      await writeFile(caFile, `${await compose("exec", "-T", "hub", "cat", "/credentials/ca.pem")}\n`);
      return { connectionString: inside.replace(/HostName=[^;]+/, `HostName=localhost:${port}`), caFile };
    },
    /** Asks PromQL, and gets the values of what it finds now. */
    async prometheus(): Promise<(query: string) => Promise<number[]>> {
      const base = await url("prometheus", 9090);
      return async (query) => {
        const response = await fetch(`${base}/api/v1/query?query=${encodeURIComponent(query)}`);
        const answer = (await response.json()) as PrometheusAnswer;
        if (answer.status !== "success") throw new Error(`${answer.error}: ${query}`);
        return answer.data.result.map(({ value }) => Number(value[1]));
      };
    },
  };
}

type PrometheusAnswer =
  | { readonly status: "success"; readonly data: { readonly result: readonly { value: [number, string] }[] } }
  | { readonly status: "error"; readonly error: string };

/** `docker compose` where it is a part of docker, else the program of old. */
function composeCommand(): [string, ...string[]] {
  return answers("docker", "compose", "version") ? ["docker", "compose"] : ["docker-compose"];
}
