import { systemClock } from "../../../src/clock.ts";
import { HubhandError } from "../../../src/errors.ts";
import { createLogLevel } from "../../../src/observe/log/log-level.ts";
import {
  type BuiltInSources,
  type BuiltInSwitches,
  builtInPlugin,
} from "../../../src/plugins/built-in/index.ts";
import { hostInProcess } from "../../../src/plugins/hosts/in-process.ts";
import { noTelemetry } from "../../../src/plugins/no-telemetry.ts";
import { type Bench, createBench } from "../../methods/bench.ts";

const NAMES = [
  "ping",
  "describe",
  "logs",
  "logLevel",
  "metrics",
  "config",
  "check",
  "supportBundle",
  "jobs",
  "job",
  "cancelJob",
  "tasks",
  "runTask",
  "restartPlugin",
  "restart",
  "reboot",
] as const satisfies (keyof BuiltInSwitches)[];

const switches = (on: boolean) => Object.fromEntries(NAMES.map((name) => [name, on])) as BuiltInSwitches;
const ALL_ON = switches(true);
export const ALL_OFF = switches(false);

/** An agent that has nothing to tell. */
export function quietSources(bench: Pick<Bench, "registry" | "log" | "jobs">): BuiltInSources {
  return {
    version: "1.2.3",
    clock: systemClock,
    methods: bench.registry.list,
    messages: () => [],
    plugins: () => [],
    logLines: () => [],
    logLevel: createLogLevel({ logger: bench.log.logger }),
    metrics: async () => [],
    configuration: () => [],
    check: async () => [],
    writeSupportBundle: async () => ({ path: "", bytes: 0, sha256: "" }),
    async restartPlugin(name) {
      throw new HubhandError("PLUGIN_UNKNOWN", `no plugin ${name}`);
    },
    tasks: { list: () => [], run: async () => undefined },
    jobs: bench.jobs,
    restart: () => {},
    reboot: { possible: async () => {}, ask: async () => {} },
    redact: bench.log.redactor.redact,
  };
}

/** The built-in methods behind the real dispatcher. */
export async function createBuiltInBench(
  sources: (bench: Bench) => Partial<BuiltInSources> = () => ({}),
  enabled: Partial<BuiltInSwitches> = {},
): Promise<Bench> {
  const bench = await createBench();
  const definition = builtInPlugin({
    sources: { ...quietSources(bench), ...sources(bench) },
    enabled: { ...ALL_ON, ...enabled },
  });
  const { methods } = hostInProcess({
    definition,
    name: "hubhand",
    kind: "built-in",
    settings: {},
    defaults: { timeout: 30_000, concurrency: 16, queue: 64 },
    telemetry: noTelemetry,
    logger: bench.log.logger,
  });
  bench.registry.add(methods);
  return bench;
}
