import path from "node:path";
import { type Clock, systemClock } from "../../clock.ts";
import { effectiveValues } from "../../config/effective.ts";
import type { Environment, LoadedConfig } from "../../config/index.ts";
import type { LinkStatus } from "../../link/link.ts";
import type { HandlerRegistry } from "../../messages/inbox/registry.ts";
import type { Jobs } from "../../methods/jobs/jobs.ts";
import type { MethodRegistry } from "../../methods/registry.ts";
import type { History } from "../../observe/history.ts";
import type { LogLevel } from "../../observe/log/log-level.ts";
import type { LogRing } from "../../observe/log/log-ring.ts";
import type { Redactor } from "../../observe/log/redaction.ts";
import type { Metrics } from "../../observe/metrics/metrics.ts";
import type { BuiltInSources, MetricSnapshot } from "../../plugins/built-in/index.ts";
import type { PluginSet } from "../../plugins/plugin-set.ts";
import type { Schedule } from "../../schedule/schedule.ts";
import type { TwinStatus } from "../../twin/twin.ts";
import { BUILD, VERSION } from "../../version.ts";
import { lackingMethods } from "../schedule/method-tasks.ts";
import { createRebootFile } from "./reboot-file.ts";

export interface Parts {
  readonly config: LoadedConfig;
  readonly env: Environment;
  readonly logRing: Pick<LogRing, "lines">;
  readonly redactor: Redactor;
  readonly metrics: Pick<Metrics, "registry">;
  readonly registry: Pick<MethodRegistry, "get" | "list">;
  readonly messages: Pick<HandlerRegistry, "list">;
  readonly history: Pick<History, "entries">;
  readonly jobs: Jobs;
  readonly logLevel: LogLevel;
  readonly schedule: Pick<Schedule, "list" | "runNow">;
  plugins(): PluginSet;
  linkStatus(): LinkStatus;
  /** Undefined if nobody wants a twin. */
  twinStatus(): TwinStatus | undefined;
  /** Ends the agent in order, to be started afresh. */
  restart(): void;
  readonly clock?: Clock;
}

/** What the built-in methods tell and do, out of the agent's parts. What is rarely asked for is loaded then. */
export function builtInSources(parts: Parts): BuiltInSources {
  const { config, env, logRing, redactor, metrics, registry, history, clock = systemClock } = parts;

  async function snapshot(): Promise<MetricSnapshot[]> {
    const all = await metrics.registry.getMetricsAsJSON();
    return all.map(({ name, type, values }) => ({ name, type: String(type), values }));
  }
  const configuration = () => effectiveValues(config);

  async function check() {
    const { checkAll } = await import("../../check/index.ts");
    const { identity = {} } = parts.linkStatus();
    return checkAll({
      loadConfig: () => config,
      env,
      clock,
      hide: redactor.hide,
      isInside: true,
      isOnline: () => parts.linkStatus().state === "online",
      hubNow: () => identity.gateway ?? identity.hub,
      inspectPlugins: async () => {
        const { status, folderProblem } = parts.plugins();
        const plugins = status().map(({ name, problem }) => ({ name, problem }));
        // Of one that is broken it is not known which methods it would have.
        const allWell = plugins.every(({ problem }) => problem === undefined);
        const lacking = allWell ? lackingMethods(config.values.schedule.tasks, registry) : [];
        return { plugins, lackingMethods: lacking, folderProblem };
      },
    });
  }

  async function supportBundle() {
    const { writeSupportBundle } = await import("../../observe/support-bundle.ts");
    return writeSupportBundle({
      directory: path.join(config.values.state.directory, "support"),
      clock,
      redact: redactor.redact,
      sections: {
        build: () => BUILD,
        process: () => ({
          uptimeSeconds: Math.round(process.uptime()),
          platform: `${process.platform} ${process.arch}`,
          memory: process.memoryUsage(),
        }),
        link: parts.linkStatus,
        linkHistory: history.entries,
        twin: () => parts.twinStatus() ?? "off",
        plugins: () => parts.plugins().status(),
        methods: () => registry.list().map(({ name, plugin }) => ({ name, plugin })),
        tasks: parts.schedule.list,
        configuration,
        checks: check,
        metrics: snapshot,
        log: logRing.lines,
      },
    });
  }

  return {
    version: VERSION,
    clock,
    methods: registry.list,
    messages: parts.messages.list,
    plugins: () => parts.plugins().status(),
    logLines: logRing.lines,
    logLevel: parts.logLevel,
    metrics: snapshot,
    configuration,
    check,
    writeSupportBundle: supportBundle,
    restartPlugin: (name) => parts.plugins().restart(name),
    tasks: {
      list: parts.schedule.list,
      run(label) {
        const [plugin, name] = label.includes("/") ? label.split("/", 2) : [undefined, label];
        return parts.schedule.runNow(plugin, name ?? "");
      },
    },
    jobs: parts.jobs,
    restart: parts.restart,
    reboot: createRebootFile(config.values.methods.rebootFile, clock),
    redact: redactor.redact,
  };
}
