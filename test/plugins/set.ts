import { createMethodRegistry, type MethodRegistry } from "../../src/methods/registry.ts";
import { createMetrics, type Metrics } from "../../src/observe/metrics/metrics.ts";
import type { PluginDefinition } from "../../src/plugins/define-plugin.ts";
import { hostInProcess } from "../../src/plugins/hosts/in-process.ts";
import { noTelemetry } from "../../src/plugins/no-telemetry.ts";
import { createPluginSet, type PluginSet } from "../../src/plugins/plugin-set.ts";
import { createSettingsBook } from "../../src/plugins/settings-book.ts";
import { createSchedule, type Schedule } from "../../src/schedule/schedule.ts";
import { createLogBook, type LogBook } from "../support/agent/log-lines.ts";
import { createFakeClock, type FakeClock } from "../support/time/fake-clock.ts";

export interface SetBench {
  readonly set: PluginSet;
  readonly registry: MethodRegistry;
  readonly schedule: Schedule;
  readonly metrics: Metrics;
  readonly clock: FakeClock;
  readonly log: LogBook;
}

/** A real plugin set on plugins that are given as they would stand in their files, by file name. */
export async function createSetBench(
  definitions: Readonly<Record<string, PluginDefinition>>,
  disabled: readonly string[] = [],
): Promise<SetBench> {
  const clock = createFakeClock();
  const log = await createLogBook();
  const { logger } = log;
  const registry = createMethodRegistry();
  const metrics = createMetrics({ version: "1.2.3", node: "v24", commit: "abc" });
  const schedule = createSchedule({ timezone: undefined, metrics, logger, clock });
  const defaults = { timeout: 30_000, concurrency: 16, queue: 64 };
  const book = createSettingsBook({ configured: {} });
  const host = (name: string, definition: PluginDefinition) =>
    hostInProcess({
      definition,
      name,
      kind: "module",
      settings: book.settingsFor(name, definition.settings),
      defaults,
      telemetry: noTelemetry,
      logger,
    });
  const set = createPluginSet({
    settings: book,
    discover: async () => ({
      candidates: Object.keys(definitions).map((name) => ({ name, form: "module", file: `/${name}.ts` })),
      ignored: [],
    }),
    load: async ({ name }) => host(definitions[name]?.name ?? name, definitions[name] ?? {}),
    builtIn: () => host("hubhand", {}),
    disabled,
    configured: [],
    registry,
    schedule,
    metrics,
    logger,
    clock,
  });
  return { set, registry, schedule, metrics, clock, log };
}
