import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { stringify } from "yaml";
import type { CleanUp } from "./clean-up.ts";
import { lastingPort } from "./lasting-port.ts";
import { waitUntil } from "./wait-until.ts";

/** Whether this machine has Prometheus itself; tests that need it say so when they are skipped. */
export const HAS_PROMETHEUS = spawnSync("prometheus", ["--version"]).error === undefined;

/** One answer of `/api/v1/query`. */
export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [time: number, value: string];
}

/** An alert that fires or is pending. */
export interface Alert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly state: "pending" | "firing";
}

export interface Prometheus {
  readonly url: string;
  /** Evaluates an expression now. @throws if Prometheus does not understand it */
  query(expression: string): Promise<readonly Sample[]>;
  /** Evaluates a rule that may fire: the alerts that fire or are pending now. */
  alerts(): Promise<readonly Alert[]>;
  /** Resolves when all targets were scraped, this often at least, from now on. */
  scraped(times?: number): Promise<void>;
}

export interface PrometheusOptions {
  /** What to scrape: `host:port`, and labels of it. */
  readonly targets: readonly { readonly address: string; readonly labels?: Record<string, string> }[];
  readonly scrapeInterval?: string;
  /** Rule files, absolute. */
  readonly rules?: readonly string[];
  /** Goes into the configuration as it is. */
  readonly extra?: Readonly<Record<string, unknown>>;
}

/** A real Prometheus with its data in a folder that goes with the test. */
export async function startPrometheus(cleanUp: CleanUp, options: PrometheusOptions): Promise<Prometheus> {
  const folder = await cleanUp.folder();
  const port = await lastingPort();
  const { targets, scrapeInterval = "1s", rules = [], extra = {} } = options;
  const config = {
    global: { scrape_interval: scrapeInterval, scrape_timeout: scrapeInterval, evaluation_interval: "1s" },
    rule_files: rules,
    scrape_configs: [
      {
        job_name: "hubhand",
        static_configs: targets.map(({ address, labels = {} }) => ({ targets: [address], labels })),
      },
    ],
    ...extra,
  };
  const file = path.join(folder, "prometheus.yml");
  await writeFile(file, stringify(config));
  const child = spawn("prometheus", [
    `--config.file=${file}`,
    `--storage.tsdb.path=${path.join(folder, "data")}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ]);
  let log = "";
  child.stderr.on("data", (chunk) => {
    log = `${log}${chunk}`.slice(-20_000);
  });
  cleanUp.add(() => ended(child));
  const url = `http://127.0.0.1:${port}`;
  await waitUntil(`Prometheus is ready: ${log}`, async () => {
    if (child.exitCode !== null) throw new Error(`Prometheus ended: ${log}`);
    return (await fetch(`${url}/-/ready`).catch(() => undefined))?.ok ?? false;
  });

  async function ask<T>(path: string): Promise<T> {
    const answer = (await (await fetch(`${url}/api/v1/${path}`)).json()) as {
      status: string;
      error?: string;
      data: T;
    };
    if (answer.status !== "success") throw new Error(`${path}: ${answer.error}`);
    return answer.data;
  }
  const query = async (expression: string): Promise<readonly Sample[]> =>
    (await ask<{ result: Sample[] }>(`query?query=${encodeURIComponent(expression)}`)).result;

  return {
    url,
    query,
    alerts: async () => (await ask<{ alerts: readonly Alert[] }>("alerts")).alerts,
    async scraped(times = 1) {
      const from = Date.now();
      const seen = new Map<string, Set<string>>();
      await waitUntil("all targets are scraped", async () => {
        const { activeTargets } = await ask<{ activeTargets: { scrapeUrl: string; lastScrape: string }[] }>(
          "targets?state=active",
        );
        for (const { scrapeUrl, lastScrape } of activeTargets) {
          if (Date.parse(lastScrape) < from) continue;
          seen.set(scrapeUrl, (seen.get(scrapeUrl) ?? new Set()).add(lastScrape));
        }
        return [...seen.values()].filter(({ size }) => size >= times).length === targets.length;
      });
    },
  };
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const exited = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await exited;
}
