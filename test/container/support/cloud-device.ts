import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { docker, type Ended, expectSuccess, run } from "./engine.ts";
import { ANY_PORTS, composeCommand } from "./stack.ts";

export interface CloudDeviceOptions {
  /** Names its container, networks and volumes. */
  readonly project: string;
  readonly image: string;
  /** The network of the hub that plays the cloud. */
  readonly hubNetwork: string;
  /** The hub's authority, which no public one vouches for. */
  readonly caFile: string;
}

interface Container {
  readonly Name: string;
  readonly HostConfig: object;
  readonly NetworkSettings: { readonly Ports: Record<string, { HostIp: string; HostPort: string }[]> };
}

/** `docker compose --profile cloud up`, with what a hub beside it wants in a file of overrides, as a user would have it. */
export function createCloudDevice({ project, image, hubNetwork, caFile }: CloudDeviceOptions) {
  let folder: string | undefined;
  let secret = "";
  let overrides = "";

  async function compose(...args: string[]): Promise<Ended> {
    const [command, ...first] = composeCommand();
    const files = ["--file", "docker-compose.yml", "--file", overrides];
    const env = {
      ...ANY_PORTS,
      ...{ COMPOSE_PROJECT_NAME: project, HUBHAND_IMAGE: image, CONNECTION_STRING_FILE: secret },
      PLUGINS_DIRECTORY: "./examples/demo",
    };
    return run(command, [...first, ...files, "--profile", "cloud", ...args], { env, timeoutMs: 60_000 });
  }

  return {
    /** Ends as compose does. @param connectionString undefined if there is no file */
    async up(connectionString: string | undefined): Promise<Ended> {
      folder ??= await mkdtemp(path.join(tmpdir(), "hubhand-cloud-"));
      secret = path.join(folder, "connection-string");
      overrides = path.join(folder, "overrides.yml");
      // The folder is closed to others; user 1000 of the container need not be who runs the tests.
      if (connectionString !== undefined) await writeFile(secret, `${connectionString}\n`, { mode: 0o644 });
      const device = {
        environment: { HUBHAND_HUB_CA_FILE: "/ca.pem", HUBHAND_PLUGINS_TRUST_FOLDER: "true" },
        volumes: [`${caFile}:/ca.pem:ro`],
        networks: { cloud: {} },
      };
      const networks = { cloud: { external: true, name: hubNetwork } };
      await writeFile(overrides, JSON.stringify({ services: { device }, networks }));
      return compose("up", "--detach", "--no-build");
    },
    /** What the engine knows of all containers of the project. */
    async inspect(): Promise<Container[]> {
      const of = `--filter=label=com.docker.compose.project=${project}`;
      const ids = (await docker("ps", "--all", "--quiet", of)).split("\n").filter(Boolean);
      return ids.length === 0 ? [] : JSON.parse(await docker("inspect", ...ids));
    },
    /** Takes everything away, volumes too. */
    async down(): Promise<void> {
      if (folder === undefined) return;
      expectSuccess("compose down", await compose("down", "--volumes", "--timeout", "5"));
      await rm(folder, { recursive: true, force: true });
    },
  };
}
