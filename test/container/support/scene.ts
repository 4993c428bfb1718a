import { chmod, cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { docker, expectSuccess, ROOT, run } from "./engine.ts";

export interface SceneOptions {
  /** Begins the name of all that is made. */
  readonly name: string;
  readonly devices: readonly string[];
}

export interface AgentOptions {
  readonly image: string;
  readonly device: string;
  /** Of `docker run`. */
  readonly flags?: readonly string[];
}

/** What a careful operator gives: nothing to write to but a volume, nothing to gain. */
const CONFINED = ["--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges"];

/** A plugin of each kind that lies in a file: TypeScript, JavaScript, and a program that needs a shell. */
const PLUGINS = {
  "echo.mjs": `import { definePlugin } from "hubhand";
    export default definePlugin({ methods: { echo: (payload) => ({ payload }) } });`,
  "shout.sh": `#!/bin/sh\nprintf '{"shouted":true}'\n`,
};

/** A hub, and agents that are its devices, each in a container: for what needs a life and not a look. */
export function createScene({ name, devices }: SceneOptions) {
  const network = `${name}-net`;
  const credentials = `${name}-credentials`;
  const containers: string[] = [];
  const volumes = [credentials];
  let plugins = "";
  const secrets = `--volume=${credentials}:/credentials`;

  async function start(
    which: string,
    image: string,
    flags: readonly string[],
    args: readonly string[],
  ): Promise<string> {
    const container = `${name}-${which}`;
    containers.push(container);
    await docker(
      "run",
      "--detach",
      `--name=${container}`,
      `--network=${network}`,
      ...CONFINED,
      ...flags,
      image,
      ...args,
    );
    return container;
  }

  const asDevice = (device: string): string[] => {
    const state = `${name}-${device}`;
    if (!volumes.includes(state)) volumes.push(state);
    return [
      `${secrets}:ro`,
      `--volume=${plugins}:/app/plugins:ro`,
      `--volume=${state}:/data`,
      `--env=HUBHAND_CONNECTION_STRING_FILE=/credentials/${device}.connection-string`,
      "--env=HUBHAND_HUB_CA_FILE=/credentials/ca.pem",
      // Whoever made the checkout is a stranger to user 1000, unless by chance.
      "--env=HUBHAND_PLUGINS_TRUST_FOLDER=true",
      // The health check has none, and needs none.
      "--env=HUBHAND_OBSERVE_PASSWORD=a-password-of-the-test",
    ];
  };

  return {
    /** The role `hub`; it tells the others their connection strings by files in memory. */
    async up(image: string): Promise<void> {
      plugins = await mkdtemp(path.join(tmpdir(), "hubhand-scene-"));
      await chmod(plugins, 0o755);
      await cp(path.join(ROOT, "examples/demo/device-method.ts"), path.join(plugins, "device-method.ts"));
      for (const [file, text] of Object.entries(PLUGINS)) {
        await writeFile(path.join(plugins, file), text);
        await chmod(path.join(plugins, file), file.endsWith(".sh") ? 0o755 : 0o644);
      }
      await docker("network", "create", network);
      const memory = ["type=tmpfs", "device=tmpfs", "o=uid=1000,gid=1000,mode=0750"].map(
        (opt) => `--opt=${opt}`,
      );
      await docker("volume", "create", ...memory, credentials);
      const flags = [secrets, "--network-alias=hub", "--no-healthcheck"];
      const ports = ["--mqtt-port=8883", "--https-port=8443", "--host=0.0.0.0", "--host-name=hub"];
      const known = devices.map((device) => `--device=${device}`);
      await start("hub", image, flags, [
        "hub",
        ...ports,
        ...known,
        "--write-connection-strings=/credentials",
        "--json",
      ]);
    },
    /** The role `run`, as a device of the hub. Returns the name of its container. */
    agent: ({ image, device, flags = [] }: AgentOptions): Promise<string> =>
      start(device, image, [...asDevice(device), ...flags], []),
    /** The role `check`, with all that the device's agent is given; what it found, by id. */
    async check({ image, device }: AgentOptions): Promise<Record<string, string>> {
      const flags = ["--rm", `--network=${network}`, ...CONFINED, ...asDevice(device)];
      const { stdout } = await run("docker", ["run", ...flags, image, "check", "--json"], {
        timeoutMs: 90_000,
      });
      const checks = JSON.parse(stdout) as { id: string; result: string }[];
      return Object.fromEntries(checks.map(({ id, result }) => [id, result]));
    },
    /** The role `call`, beside the hub: what the back end gets. */
    async call(
      image: string,
      ...args: readonly string[]
    ): Promise<{ status?: number; payload?: unknown; error?: unknown }> {
      const env = "--env=IOTHUB_CONNECTION_STRING_FILE=/credentials/service-connection-string";
      const flags = ["--rm", `--network=${network}`, `${secrets}:ro`, env, ...CONFINED];
      const verb = ["call", "--json", "--ca-file=/credentials/ca.pem", "--connect-timeout=120s", ...args];
      const ended = await run("docker", ["run", ...flags, image, ...verb], { timeoutMs: 150_000 });
      return JSON.parse(ended.stdout || expectSuccess("hubhand call", ended));
    },
    /** The log of a container, a line each. */
    async log(container: string): Promise<Record<string, unknown>[]> {
      const { stdout } = await run("docker", ["logs", container]);
      return stdout
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Record<string, unknown>);
    },
    /** Takes everything away. */
    async down(): Promise<void> {
      await run("docker", ["rm", "--force", "--volumes", ...containers]);
      await run("docker", ["volume", "rm", "--force", ...volumes]);
      await run("docker", ["network", "rm", network]);
      if (plugins !== "") await rm(plugins, { recursive: true, force: true });
    },
  };
}
