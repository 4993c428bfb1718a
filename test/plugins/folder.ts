import { chmod, stat } from "node:fs/promises";
import path from "node:path";
import { type Clock, systemClock } from "../../src/clock.ts";
import { HOUR } from "../../src/durations.ts";
import type { CloudMessage } from "../../src/messages/inbox/cloud-message.ts";
import { createInbox } from "../../src/messages/inbox/inbox.ts";
import { createHandlerRegistry } from "../../src/messages/inbox/registry.ts";
import { createDispatcher } from "../../src/methods/dispatcher.ts";
import { createJobs, type Jobs } from "../../src/methods/jobs/jobs.ts";
import { createJobStore } from "../../src/methods/jobs/store.ts";
import { createMethodRegistry, type MethodRegistry } from "../../src/methods/registry.ts";
import { createMetrics, type Metrics } from "../../src/observe/metrics/metrics.ts";
import { discoverPlugins } from "../../src/plugins/discovery.ts";
import { createProcessGroups } from "../../src/plugins/hosts/groups.ts";
import { hostInProcess } from "../../src/plugins/hosts/in-process.ts";
import { createThreads } from "../../src/plugins/hosts/worker/threads.ts";
import { createPluginLoader } from "../../src/plugins/load-plugin.ts";
import { createPluginSet, type PluginSet, type PluginStatus } from "../../src/plugins/plugin-set.ts";
import { createSettingsBook } from "../../src/plugins/settings-book.ts";
import { createSchedule, type Schedule } from "../../src/schedule/schedule.ts";
import { MEBIBYTE } from "../../src/sizes.ts";
import { cloudMessage } from "../messages/inbox/bench.ts";
import { createLogBook, type LogBook } from "../support/agent/log-lines.ts";
import type { CleanUp } from "../support/clean-up.ts";
import { type CollectedTelemetry, createCollectedTelemetry } from "../support/hub/collected-telemetry.ts";
import { writeFiles } from "./load.ts";

/** What a caller gets. */
export interface FolderReply {
  readonly status: number;
  readonly body: unknown;
  /** Of an error of the agent's own. */
  readonly code: string | undefined;
  readonly message: string | undefined;
}

/** A folder of plugins of any kind, loaded as the agent does, with the real dispatcher and without a hub. */
export interface PluginFolder {
  readonly directory: string;
  readonly set: PluginSet;
  readonly registry: MethodRegistry;
  readonly schedule: Schedule;
  readonly jobs: Jobs;
  readonly metrics: Metrics;
  readonly log: LogBook;
  /** What its plugins have told the hub. */
  readonly telemetry: CollectedTelemetry;
  status(name: string): PluginStatus | undefined;
  /** Resolves with the one reply; a second one is in `extra`. */
  call(method: string, payload?: unknown): Promise<FolderReply>;
  readonly extra: readonly FolderReply[];
  /** Resolves when a message from the hub is acknowledged: its handler has ended well, or it is given up. */
  deliver(body: string | Uint8Array, given?: Partial<CloudMessage>): Promise<void>;
}

export interface PluginFolderOptions {
  readonly settings?: Record<string, Record<string, unknown>>;
  /** What goes over them from the start. */
  desired?(plugin: string): Record<string, unknown>;
  readonly disabled?: readonly string[];
  readonly env?: Record<string, string>;
  /** For the time that calls have. */
  readonly callClock?: Clock;
  /** For what programs are waited for. */
  readonly hostClock?: Clock;
  /** Where modules run that do not say. */
  readonly isolate?: boolean | "thread";
  /** Changes the folder before it is looked at. */
  prepare?(directory: string): Promise<unknown>;
}

/** Writes files (those that begin with `#!` may be run), loads the folder, and stops all of it after the test. */
export async function openPluginFolder(
  cleanUp: CleanUp,
  files: Readonly<Record<string, string>>,
  options: PluginFolderOptions = {},
): Promise<PluginFolder> {
  const { settings = {}, env = {}, prepare } = options;
  const { callClock = systemClock, hostClock = systemClock, isolate = true } = options;
  const directory = await cleanUp.folder();
  await writeFiles(directory, files);
  for (const [name, text] of Object.entries(files))
    if (text.startsWith("#!")) await chmod(path.join(directory, name), 0o755);
  await prepare?.(directory);
  const log = await createLogBook();
  const { logger } = log;
  const telemetry = createCollectedTelemetry();
  const registry = createMethodRegistry();
  const metrics = createMetrics({ version: "1.2.3", node: "v24", commit: "abc" });
  const jobs = createJobs({
    store: createJobStore({ directory: await cleanUp.folder(), logger }),
    concurrency: 4,
    kept: 10,
    keptFor: HOUR,
    longest: null,
    metrics,
    logger,
  });
  const dispatcher = createDispatcher({ registry, metrics, logger, jobs, clock: callClock });
  const schedule = createSchedule({ timezone: undefined, metrics, logger });
  const messages = createHandlerRegistry();
  const inbox = createInbox({
    keepsOnDisk: false,
    registry: messages,
    property: "type",
    attempts: 3,
    plugins: () => "there",
    metrics,
    logger,
    clock: systemClock,
    random: () => 0,
  });
  const session = { ended: new Promise<never>(() => {}) };
  const defaults = { timeout: 20_000, concurrency: 16, queue: 64 };
  const book = createSettingsBook({ configured: settings, desired: options.desired ?? (() => ({})), logger });
  const set = createPluginSet({
    settings: book,
    discover: () => discoverPlugins(directory),
    load: createPluginLoader({
      rules: { directory, trust: false, uid: process.getuid?.() },
      settings: book,
      defaults,
      isolate,
      memoryLimit: 64 * MEBIBYTE,
      env: { PATH: process.env.PATH, ...env },
      threads: createThreads(),
      groups: createProcessGroups(),
      telemetryFor: telemetry.telemetryFor,
      logger,
      clock: hostClock,
      random: Math.random,
    }),
    builtIn: () =>
      hostInProcess({
        definition: {},
        name: "hubhand",
        kind: "built-in",
        settings: {},
        defaults,
        telemetry: telemetry.telemetryFor("hubhand"),
        logger,
      }),
    disabled: options.disabled ?? [],
    configured: [],
    registry,
    schedule,
    messages,
    metrics,
    logger,
  });
  cleanUp.add(async () => {
    await schedule.stop(0);
    await jobs.stop(0);
    await inbox.drain(0);
    await set.stopAll();
  });
  await set.loadAll();
  const extra: FolderReply[] = [];
  let calls = 0;
  return {
    directory,
    set,
    registry,
    schedule,
    jobs,
    metrics,
    log,
    telemetry,
    extra,
    deliver: (body, given) =>
      new Promise((resolve) => inbox.receive(cloudMessage(body, given), resolve, session)),
    status: (wanted) => set.status().find(({ name }) => name === wanted),
    call(method, payload) {
      calls += 1;
      const first = Promise.withResolvers<FolderReply>();
      let isAnswered = false;
      dispatcher.dispatch({
        requestId: `r${calls}`,
        methodName: method,
        payload: Buffer.from(payload === undefined ? "" : JSON.stringify(payload)),
        reply(status, text) {
          const body = JSON.parse(text) as { error?: { code: string; message: string } } | null;
          const reply = { status, body, code: body?.error?.code, message: body?.error?.message };
          if (isAnswered) extra.push(reply);
          isAnswered = true;
          first.resolve(reply);
        },
      });
      return first.promise;
    },
  };
}

/** The first line of a script that this Node runs. */
export const NODE = `#!${process.execPath}\n`;
export const SHELL = "#!/bin/sh\n";

let marks = 4_000_000 + (process.pid % 100_000) * 100;

/** A number of seconds that nothing else on this machine sleeps. */
export function mark(): string {
  marks += 1;
  return String(marks);
}

/** Whether a process of this mark is there: one whose command line holds it. */
export async function isRunning(mark: string): Promise<boolean> {
  const { readdir, readFile } = await import("node:fs/promises");
  for (const pid of await readdir("/proc")) {
    if (!/^\d+$/.test(pid)) continue;
    const line = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    // What has ended and was not waited for has no command line any more.
    if (line.includes(mark) && (await stat(`/proc/${pid}`).catch(() => undefined)) !== undefined) return true;
  }
  return false;
}
