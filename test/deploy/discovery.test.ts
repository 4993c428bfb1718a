import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFile, rename, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { cleanUpAfterAll } from "../support/clean-up.ts";
import {
  HAS_PROMETHEUS,
  type PrometheusProcess,
  startPrometheusProcess,
} from "../support/prometheus/prometheus-process.ts";
import { waitUntil } from "../support/time/wait-until.ts";

const cleanUp = cleanUpAfterAll();
if (!HAS_PROMETHEUS) process.stderr.write("skipped: no Prometheus, so that discovery is not tried\n");

const DEPLOY = path.join(import.meta.dirname, "../../deploy/prometheus");
const POD_MONITOR = path.join(DEPLOY, "../kubernetes/components/pod-monitor/pod-monitor.yaml");
const readYaml = async (name: string) => parse(await readFile(path.join(DEPLOY, name), "utf8"));

interface Target {
  readonly labels: Readonly<Record<string, string>>;
  readonly scrapePool: string;
  readonly scrapeUrl: string;
  readonly health: string;
}

/** What Kubernetes' discovery tells of a pod's port. Debian's Prometheus is built without it. */
const pod = (name: string, port: string, more: Record<string, string> = {}) => ({
  targets: ["127.0.0.1:1"],
  labels: {
    __meta_kubernetes_pod_name: name,
    __meta_kubernetes_namespace: "field",
    __meta_kubernetes_pod_phase: "Running",
    __meta_kubernetes_pod_label_app_kubernetes_io_name: "hubhand",
    __meta_kubernetes_pod_annotation_prometheus_io_scrape: "true",
    __meta_kubernetes_pod_annotation_prometheus_io_port: port,
    ...more,
  },
});

describe.skipIf(!HAS_PROMETHEUS)("a Prometheus that discovers devices", () => {
  let port: string;
  let folder: string;
  let prometheus: PrometheusProcess;
  const targets = async (job: string): Promise<Target[]> => {
    const { activeTargets } = await prometheus.ask<{ activeTargets: Target[] }>("targets?state=active");
    return activeTargets.filter(({ scrapePool }) => scrapePool === job);
  };

  beforeAll(async () => {
    const device = createServer((_, response) => response.end("device 1\n")).listen(0, "127.0.0.1");
    await once(device, "listening");
    cleanUp.add(() => device.close());
    port = String((device.address() as AddressInfo).port);
    folder = await cleanUp.folder();
    const [file, kubernetes] = [
      await readYaml("discovery/file.yml"),
      await readYaml("discovery/kubernetes.yml"),
    ];
    const [fromFiles] = file.scrape_configs;
    fromFiles.file_sd_configs[0].files = [path.join(folder, "*.json")];
    const [{ kubernetes_sd_configs: _, ...fromPods }] = kubernetes.scrape_configs;
    const pods = [
      pod("hubhand-7d4", port),
      pod("hubhand-named", port, { __meta_kubernetes_pod_annotation_hubhand_io_device: "pi-40" }),
      pod("ended", port, { __meta_kubernetes_pod_phase: "Succeeded" }),
      pod("other", port, { __meta_kubernetes_pod_label_app_kubernetes_io_name: "nginx" }),
      pod("quiet", port, { __meta_kubernetes_pod_annotation_prometheus_io_scrape: "false" }),
    ];
    const scrape_configs: object[] = [
      { ...fromFiles, job_name: "files", scrape_interval: "1s" },
      { ...fromPods, job_name: "pods", scrape_interval: "1s", static_configs: pods },
    ];
    // As the operator writes what a PodMonitor says; the rest of what it writes is its own.
    const { spec } = parse(await readFile(POD_MONITOR, "utf8"));
    const relabel_configs = spec.podMetricsEndpoints[0].relabelings.map(
      ({ sourceLabels: source_labels, targetLabel: target_label, ...rest }: Record<string, unknown>) => ({
        ...{ source_labels, target_label, ...rest },
      }),
    );
    const ofNode = {
      __meta_kubernetes_pod_label_app_kubernetes_io_component: "node",
      __meta_kubernetes_pod_node_name: "gateway-7",
    };
    pods.push(pod("hubhand-x2v9q", port, ofNode));
    scrape_configs.push({
      job_name: "monitor",
      scrape_interval: "1s",
      relabel_configs,
      static_configs: pods,
    });
    const args = ["--scrape.discovery-reload-interval=100ms"];
    prometheus = await startPrometheusProcess(cleanUp, { config: { scrape_configs }, args });
  });

  /** As whatever knows the devices should write it: never half a file. */
  async function list(name: string, groups: readonly object[]): Promise<void> {
    const unfinished = path.join(folder, `${name}.new`);
    await writeFile(unfinished, JSON.stringify(groups));
    await rename(unfinished, path.join(folder, name));
  }

  it("scrapes what is added to its files without a restart, each under its name", async () => {
    expect(await targets("files")).toEqual([]);
    await list("devices.json", [
      { targets: [`127.0.0.1:${port}`], labels: { instance: "pi-12", site: "berlin" } },
      { targets: [`localhost:${port}`], labels: { site: "hamburg" } },
    ]);
    await waitUntil("both are scraped", async () => {
      const found = await targets("files");
      return found.length === 2 && found.every(({ health }) => health === "up");
    });
    expect((await targets("files")).map(({ labels }) => labels)).toEqual(
      expect.arrayContaining([
        { job: "files", instance: "pi-12", site: "berlin" },
        { job: "files", instance: "localhost", site: "hamburg" },
      ]),
    );
  });

  it("takes of Kubernetes' pods those of hubhand that run and want it, under the device's name", async () => {
    await waitUntil("it has looked for pods", async () => (await targets("pods")).length > 0);
    const found = await targets("pods");
    const names = found.map(({ labels }) => labels.instance);
    expect(names.toSorted()).toEqual(["gateway-7", "hubhand-7d4", "pi-40"]);
    for (const target of found) {
      expect(target.scrapeUrl).toBe(`http://127.0.0.1:${port}/metrics`);
      expect(target.labels).toMatchObject({ namespace: "field", pod: expect.stringMatching(/^hubhand-/) });
    }
  });

  it("calls pods the same when the operator tells it of them", async () => {
    await waitUntil("it has looked for pods", async () => (await targets("monitor")).length > 0);
    const names = (await targets("monitor")).map(({ labels }) => labels.instance);
    expect(names).toEqual(expect.arrayContaining(["gateway-7", "hubhand-7d4", "pi-40"]));
  });
});

describe.skipIf(!HAS_PROMETHEUS)("the configurations for Prometheus", () => {
  it.each([["agent.yml", "--agent"], ["central.yml"], ["discovery/file.yml"], ["discovery/docker.yml"]])(
    "%s is understood",
    (file, ...flags) => {
      const { status, stdout, stderr } = spawnSync(
        "promtool",
        ["check", "config", ...flags, path.join(DEPLOY, file)],
        { encoding: "utf8" },
      );
      expect(`${stdout}${stderr}`).not.toContain("FAILED");
      expect(status).toBe(0);
    },
  );
});
