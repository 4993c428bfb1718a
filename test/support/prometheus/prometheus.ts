import type { CleanUp } from "../clean-up.ts";
import { waitUntil } from "../time/wait-until.ts";
import { startPrometheusProcess } from "./prometheus-process.ts";

export { HAS_PROMETHEUS } from "./prometheus-process.ts";

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
  const { url, ask } = await startPrometheusProcess(cleanUp, { config });
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
