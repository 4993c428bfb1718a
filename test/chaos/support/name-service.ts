import { spawnSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { constants, open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { CleanUp } from "../../support/clean-up.ts";
import type { StartOptions } from "./agent.ts";
import { type ProcessAgent, startAgentProcess } from "./agent-process.ts";

/** An agent that resolves names as the test says, and asks nobody else. */
export interface NamingAgent extends ProcessAgent {
  /** The address that the hub's name has from now on; without one it has none. */
  setAddress(address: string | undefined): Promise<void>;
  /** Names that are not in the list are asked of a server that does not answer; otherwise they do not exist. */
  setServer(server: "silent" | "none"): Promise<void>;
}

export const HUB_NAME = "hub.chaos.test";

/** Where a server listens that never answers. */
const SILENT_SERVER = "127.0.53.1";

/** Why no process can be given a name service of its own here; undefined if it can. */
export function whyNoNameService(): string | undefined {
  if (process.platform !== "linux") return "only Linux has mount namespaces";
  const tried = spawnSync("unshare", ["--mount", "true"], { encoding: "utf8" });
  if (tried.error !== undefined) return "there is no unshare command";
  return tried.status === 0 ? undefined : `mount namespaces are not allowed (${tried.stderr.trim()})`;
}

/** The name server that does not answer; the function returned ends it. */
export async function startSilentServer(): Promise<() => void> {
  // Nobody else is disturbed by it, nor by another of its kind: none of them says anything.
  const server = createSocket({ type: "udp4", reuseAddr: true }).bind(53, SILENT_SERVER);
  await once(server, "listening");
  return () => void server.close();
}

/** Starts an agent in a mount namespace of its own, where /etc/hosts and what belongs to it are the test's files. */
export async function startNamingAgent(cleanUp: CleanUp, options: StartOptions): Promise<NamingAgent> {
  const folder = await cleanUp.folder();
  const fileOf = (name: string): string => join(folder, name);
  const setAddress = (address?: string): Promise<void> =>
    overwrite(fileOf("hosts"), address === undefined ? "" : `${address} ${HUB_NAME}\n`);
  const setServer = (server: "silent" | "none"): Promise<void> =>
    overwrite(fileOf("nsswitch.conf"), `hosts: files${server === "silent" ? " dns" : ""}\n`);
  await setAddress("127.0.0.1");
  await setServer("none");
  await writeFile(fileOf("resolv.conf"), `nameserver ${SILENT_SERVER}\noptions timeout:1 attempts:1\n`);

  const mounts = ["hosts", "nsswitch.conf", "resolv.conf"]
    .map((name) => `mount --bind "$0/${name}" "$(readlink -f /etc/${name})"`)
    .join(" && ");
  const agent = await startAgentProcess(cleanUp, {
    ...options,
    before: ["unshare", "--mount", "sh", "-c", `${mounts} && exec "$@"`, folder],
  });
  return { ...agent, setAddress, setServer };
}

/** Every file that is written over has this length, so that it is never cut to nothing in between. */
const LENGTH = 200;

/** Writes a file in place, as a mount is of the file and not of its name, and at once: a reader sees the old or the new. */
async function overwrite(path: string, text: string): Promise<void> {
  const file = await open(path, constants.O_WRONLY | constants.O_CREAT);
  await file.write(text.padEnd(LENGTH, "\n"), 0);
  await file.close();
}
