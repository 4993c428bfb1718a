import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { stringify } from "yaml";
import type { CleanUp } from "../clean-up.ts";
import { lastingPort } from "../lasting-port.ts";
import { waitUntil } from "../time/wait-until.ts";

const asked = spawnSync("prometheus", ["--version"], { encoding: "utf8" });
/** Whether this machine has Prometheus itself; tests that need it say so when they are skipped. */
export const HAS_PROMETHEUS = asked.error === undefined;
/** Since version 3 agent mode has a flag of its own. */
const AGENT_FLAG = /version 2\./.test(`${asked.stdout}${asked.stderr}`)
  ? "--enable-feature=agent"
  : "--agent";

export interface PrometheusProcessOptions {
  /** The whole configuration. */
  readonly config: unknown;
  /** Scrapes and pushes, and answers no queries. */
  readonly agentMode?: boolean;
  /** Any that is free, unless told. */
  readonly port?: number;
  /** Has its data; goes with the test unless told. */
  readonly folder?: string;
  readonly args?: readonly string[];
}

export interface PrometheusProcess {
  readonly url: string;
  /** Its data of `/api/v1/<path>`. @throws if it does not succeed */
  ask<T>(path: string): Promise<T>;
  /** Ends it at once, as a power cut would. */
  stop(): Promise<void>;
}

/** A real Prometheus that is ready. */
export async function startPrometheusProcess(
  cleanUp: CleanUp,
  options: PrometheusProcessOptions,
): Promise<PrometheusProcess> {
  const { config, agentMode = false, args = [] } = options;
  const folder = options.folder ?? (await cleanUp.folder());
  const port = options.port ?? (await lastingPort());
  const file = path.join(folder, "prometheus.yml");
  const data = path.join(folder, "data");
  await writeFile(file, stringify(config));
  const child = spawn("prometheus", [
    `--config.file=${file}`,
    `--web.listen-address=127.0.0.1:${port}`,
    ...(agentMode ? [AGENT_FLAG, `--storage.agent.path=${data}`] : [`--storage.tsdb.path=${data}`]),
    ...args,
  ]);
  let log = "";
  child.stderr.on("data", (chunk) => {
    log = `${log}${chunk}`.slice(-20_000);
  });
  cleanUp.add(() => ended(child));
  const url = `http://127.0.0.1:${port}`;
  await waitUntil("Prometheus is ready", async () => {
    if (child.exitCode !== null) throw new Error(`Prometheus ended: ${log}`);
    return (await fetch(`${url}/-/ready`).catch(() => undefined))?.ok ?? false;
  });

  return {
    url,
    async ask<T>(path: string) {
      const answer = (await (await fetch(`${url}/api/v1/${path}`)).json()) as {
        status: string;
        error?: string;
        data: T;
      };
      if (answer.status !== "success") throw new Error(`${path}: ${answer.error}`);
      return answer.data;
    },
    stop: () => ended(child),
  };
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await exited;
}
