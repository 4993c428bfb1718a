import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pino } from "pino";
import { systemClock } from "../../src/clock.ts";
import { createDispatcher } from "../../src/methods/dispatcher.ts";
import { createMethodRegistry } from "../../src/methods/registry.ts";
import { createMetrics } from "../../src/observe/metrics/metrics.ts";
import { createProcessGroups } from "../../src/plugins/hosts/groups.ts";
import { createThreads } from "../../src/plugins/hosts/worker/threads.ts";
import { createModuleLoader } from "../../src/plugins/load-module.ts";
import { noTelemetry } from "../../src/plugins/no-telemetry.ts";
import type { Plugin } from "../../src/plugins/plugin.ts";
import { createSettingsBook } from "../../src/plugins/settings-book.ts";
import { MEBIBYTE } from "../../src/sizes.ts";

export const PLACES = [
  { name: "here", title: "in-process (`isolate: false`)", isolate: "false" },
  { name: "thread", title: 'thread (`isolate: "thread"`)', isolate: '"thread"' },
  { name: "process", title: "process (default)", isolate: "true" },
] as const;

type PlaceName = (typeof PLACES)[number]["name"];

/** From the wish to have it to its readiness, and what the agent and its children take more since. */
interface Start {
  readonly milliseconds: number;
  readonly mebibytes: number;
}

/** The same plugin in every place, behind the real dispatcher. */
export async function loadPlaces() {
  const folder = await mkdtemp(path.join(tmpdir(), "hubhand-bench-"));
  const registry = createMethodRegistry();
  const metrics = createMetrics({ version: "0", node: process.version, commit: "bench" });
  const logger = pino({ level: "silent" });
  const dispatcher = createDispatcher({ registry, metrics, logger });
  const plugins: Plugin[] = [];
  const started: Partial<Record<PlaceName, Start>> = {};
  const payload = new TextEncoder().encode('{"on":true}');
  let calls = 0;

  async function open(name: string, isolate: string): Promise<Start> {
    const file = path.join(folder, `${name}.mjs`);
    await writeFile(
      file,
      `export default { isolate: ${isolate}, methods: {
        "${name}": (payload) => ({ on: payload.on }),
        "${name}.pid": () => process.pid,
      } };`,
    );
    const load = createModuleLoader({
      settings: createSettingsBook({ configured: {} }),
      defaults: { timeout: 30_000, concurrency: 16, queue: 64 },
      // Where it is imported first: a start must not be counted twice.
      isolate: isolate === '"thread"' ? "thread" : isolate === "true",
      memoryLimit: 64 * MEBIBYTE,
      env: process.env,
      threads: createThreads(),
      groups: createProcessGroups(),
      logger,
      telemetryFor: () => noTelemetry,
      clock: systemClock,
      random: Math.random,
    });
    const before = await memoryOf(process.pid);
    const since = performance.now();
    const plugin = await load({ name, form: "module", file });
    await plugin.start({ up() {}, down() {}, restarted() {} });
    const milliseconds = performance.now() - since;
    plugins.push(plugin);
    registry.add(plugin.methods);
    const pid = Number(await ask(`${name}.pid`));
    const grown = (await memoryOf(process.pid)) - before;
    const own = pid === process.pid ? 0 : await memoryOf(pid);
    return { milliseconds, mebibytes: grown + own };
  }

  function ask(methodName: string): Promise<string> {
    return new Promise((resolve) => {
      calls += 1;
      const reply = (status: number, body: string): void => {
        if (status !== 200) throw new Error(`${methodName} answered ${status}: ${body}`);
        resolve(body);
      };
      dispatcher.dispatch({ requestId: String(calls), methodName, payload, reply });
    });
  }

  for (const { name, isolate } of PLACES) {
    // The first one makes room for the others as well; what counts is what each further one takes.
    await open(`${name}-first`, isolate);
    started[name] = await open(name, isolate);
  }

  return {
    started,
    call: async (name: PlaceName): Promise<void> => void (await ask(name)),
    async stop() {
      await Promise.all(plugins.map((plugin) => plugin.stop()));
      await rm(folder, { recursive: true });
    },
  };
}

/** Mebibytes, each page that several processes share counted in part for each (Linux, proc_pid_smaps(5)). */
async function memoryOf(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, "utf8");
  return Number(/^Pss:\s+(\d+) kB/m.exec(text)?.[1]) / 1024;
}
