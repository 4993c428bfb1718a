import type { MethodDefinition, PluginDefinition } from "../define-plugin.ts";
import { checkMethod } from "./check.ts";
import { configMethod } from "./config.ts";
import { describeMethod } from "./describe.ts";
import { cancelJobMethod, jobMethod, jobsMethod } from "./jobs.ts";
import { logLevelMethod } from "./log-level.ts";
import { logsMethod } from "./logs.ts";
import { metricsMethod } from "./metrics.ts";
import { pingMethod } from "./ping.ts";
import { rebootMethod } from "./reboot.ts";
import { restartMethod } from "./restart.ts";
import { restartPluginMethod } from "./restart-plugin.ts";
import type { BuiltInSources, MetricSnapshot } from "./sources.ts";
import { supportBundleMethod } from "./support-bundle.ts";
import { runTaskMethod, tasksMethod } from "./tasks.ts";

export type { BuiltInSources, MetricSnapshot };

const METHODS = {
  ping: pingMethod,
  describe: describeMethod,
  logs: logsMethod,
  logLevel: logLevelMethod,
  metrics: metricsMethod,
  config: configMethod,
  check: checkMethod,
  supportBundle: supportBundleMethod,
  jobs: jobsMethod,
  job: jobMethod,
  cancelJob: cancelJobMethod,
  tasks: tasksMethod,
  runTask: runTaskMethod,
  restartPlugin: restartPluginMethod,
  restart: restartMethod,
  reboot: rebootMethod,
} satisfies Record<string, (sources: BuiltInSources) => MethodDefinition>;

/** Which of hubhand's own methods are answered. */
export type BuiltInSwitches = Readonly<Record<keyof typeof METHODS, boolean>>;

export interface BuiltInOptions {
  readonly sources: BuiltInSources;
  readonly enabled: BuiltInSwitches;
}

/** hubhand's own methods: those that are switched on. */
export function builtInPlugin({ sources, enabled }: BuiltInOptions): PluginDefinition {
  const chosen = Object.entries(METHODS).filter(([name]) => enabled[name as keyof BuiltInSwitches]);
  return {
    name: "hubhand",
    version: sources.version,
    description: "What every hubhand device answers.",
    methods: Object.fromEntries(chosen.map(([name, make]) => [`hubhand.${name}`, make(sources)])),
  };
}
