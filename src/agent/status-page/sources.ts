import { hostname } from "node:os";
import type { Clock } from "../../clock.ts";
import type { LoadedConfig } from "../../config/index.ts";
import { SECOND } from "../../durations.ts";
import type { Jobs } from "../../methods/jobs/jobs.ts";
import type { Method } from "../../methods/method.ts";
import type { MethodRegistry } from "../../methods/registry.ts";
import type { Health, PartHealth } from "../../observe/health.ts";
import type { LogLevel } from "../../observe/log/log-level.ts";
import type { LogRing } from "../../observe/log/log-ring.ts";
import { UNKNOWN_METHOD } from "../../observe/metrics/methods.ts";
import type { Metrics } from "../../observe/metrics/metrics.ts";
import { createLogTails } from "../../observe/status-page/log-tails.ts";
import type { MethodFigures } from "../../observe/status-page/method-figures.ts";
import type { RecentCalls } from "../../observe/status-page/recent-calls.ts";
import type { StatusSources } from "../../observe/status-page/sections.ts";
import type {
  AgentSection,
  InboxSection,
  MethodSection,
  OutboxSection,
  PluginSection,
  TaskSection,
  TwinSection,
} from "../../observe/status-page/snapshot.ts";
import type { PluginSet } from "../../plugins/plugin-set.ts";
import type { Schedule } from "../../schedule/schedule.ts";
import type { TaskStatus } from "../../schedule/status.ts";
import { MEBIBYTE } from "../../sizes.ts";
import type { TwinStatus } from "../../twin/twin.ts";
import { BUILD } from "../../version.ts";
import type { Boot } from "../boot-record.ts";
import { type LinkSectionOptions, linkSection } from "./link-section.ts";
import { readingOf, readingsBy } from "./readings.ts";

/** What the process takes goes up and down by less all the time. */
const NEWS = 4 * MEBIBYTE;

export interface StatusParts extends Omit<LinkSectionOptions, "metrics" | "startedAt"> {
  readonly config: LoadedConfig;
  readonly metrics: Metrics;
  readonly registry: Pick<MethodRegistry, "get" | "list">;
  readonly figures: Pick<MethodFigures, "of">;
  readonly recentCalls: Pick<RecentCalls, "list">;
  readonly logRing: Pick<LogRing, "linesAfter">;
  readonly logLevel: Pick<LogLevel, "status">;
  readonly health: Pick<Health, "readiness">;
  readonly jobs: Pick<Jobs, "running">;
  readonly schedule: Pick<Schedule, "list">;
  readonly plugins: Pick<PluginSet, "status">;
  outgoingHealth(): PartHealth;
  incomingHealth(): PartHealth;
  /** Undefined if nobody wants a twin. */
  twinStatus(): TwinStatus | undefined;
  /** Undefined until the disk has said it. */
  boot(): Boot | undefined;
  readonly clock: Clock;
}

/** What the status page shows, out of the agent's parts. */
export function statusSources(parts: StatusParts): StatusSources {
  const startedAt = new Date(parts.clock.wallClock()).toISOString();
  const tails = createLogTails(parts.logRing);
  const residentBytes = steadily(process.memoryUsage.rss);
  return {
    agent: () => ({ ...agentSection(parts, startedAt), residentBytes: residentBytes() }),
    link: () => linkSection({ ...parts, startedAt }),
    methods: () => methodSections(parts),
    calls: parts.recentCalls.list,
    async plugins() {
      const all = parts.plugins.status();
      const names = all.map(({ name }) => name);
      const lines = tails.of(names, (method) => parts.registry.get(method)?.plugin);
      const restarts = await readingsBy(parts.metrics.pluginRestarts, "plugin");
      const methods = parts.registry.list();
      return all.map((status): PluginSection => {
        const { name } = status;
        const own = methods.filter(({ plugin }) => plugin === name).map((method) => method.name);
        const log = [...(lines.get(name) ?? [])];
        return { ...status, restarts: restarts.get(name) ?? 0, methods: own, log };
      });
    },
    tasks: () => parts.schedule.list().map(taskSection),
    outbox: () => outboxSection(parts),
    inbox: () => inboxSection(parts.incomingHealth()),
    twin: () => twinSection(parts.twinStatus()),
    jobs: () => ({ running: parts.jobs.running }),
  };
}

function agentSection(
  { config, health, logLevel, boot }: StatusParts,
  startedAt: string,
): Omit<AgentSection, "residentBytes"> {
  const { ready, parts } = health.readiness();
  const { count, lastExit } = boot() ?? {};
  const { revision } = config.values.twin;
  return {
    ...BUILD,
    ...(revision === null ? {} : { revision }),
    host: hostname(),
    platform: `${process.platform} ${process.arch}`,
    startedAt,
    logLevel: logLevel.status(),
    ...(count === undefined ? {} : { bootCount: count }),
    ...(lastExit === undefined ? {} : { lastExit: lastExit.reason }),
    ready,
    problems: Object.entries(parts)
      .filter(([, part]) => !part.ready)
      .map(([part, told]) => ({ part, problem: problemOf(told) })),
  };
}

/** A size that is never quite the same, which is no news: it stays as it was told until it is another by some megabytes. */
function steadily(size: () => number): () => number {
  let told = 0;
  return () => {
    const now = size();
    if (Math.abs(now - told) > NEWS) told = Math.round(now / MEBIBYTE) * MEBIBYTE;
    return told;
  };
}

/** In a part's own words, if it has some; each part says its own things to `/readyz`. */
function problemOf({ problem, lastFailure, state, starting, plugins }: PartHealth): string {
  if (typeof problem === "string") return problem;
  const { message } = (lastFailure ?? {}) as { message?: unknown };
  if (typeof message === "string") return message;
  if (typeof state === "string") return `it is ${state}`;
  if (Array.isArray(starting) && starting.length > 0) return `still starting: ${starting.join(", ")}`;
  if (starting !== undefined) return "plugins are being loaded";
  if (!Array.isArray(plugins)) return "it is not ready";
  const down = (plugins as { name: string; up: boolean }[]).filter(({ up }) => !up);
  return `not up: ${down.map(({ name }) => name).join(", ")}`;
}

function methodSections({ registry, figures }: StatusParts): MethodSection[] {
  const section = ({ name, plugin, description }: Pick<Method, "name" | "plugin" | "description">) => ({
    name,
    plugin,
    ...(description === undefined ? {} : { description }),
    inFlight: registry.get(name)?.limiter.inFlight ?? 0,
    ...figures.of(name),
  });
  const unknown = section({ name: UNKNOWN_METHOD, plugin: "" });
  return [...registry.list().map(section), ...(unknown.calls > 0 ? [unknown] : [])];
}

function taskSection({ task, description, enabled, running, last, ...timing }: TaskStatus): TaskSection {
  const { every, cron = "", timezone, next } = timing;
  const calendar = timezone === undefined ? cron : `${cron} (${timezone})`;
  return {
    task,
    ...(description === undefined ? {} : { description }),
    timing: every === undefined ? calendar : `every ${every}`,
    enabled,
    running,
    // Of what comes every so often it is worked out anew each time, and differs by a millisecond.
    ...(next === undefined ? {} : { next: toTheSecond(next) }),
    ...(last === undefined ? {} : { last }),
  };
}

function toTheSecond(time: string): string {
  return new Date(Math.round(Date.parse(time) / SECOND) * SECOND).toISOString();
}

async function outboxSection({ config, metrics, outgoingHealth }: StatusParts): Promise<OutboxSection> {
  const { maxMessages, maxBytes } = config.values.messages.outbox;
  const { messages = 0, bytes = 0, problem, onDisk = false } = outgoingHealth();
  const [oldest, dropped] = await Promise.all([
    readingOf(metrics.outboxOldest),
    readingsBy(metrics.outboxDropped, "reason"),
  ]);
  return {
    messages: Number(messages),
    bytes: Number(bytes),
    limitMessages: maxMessages,
    limitBytes: maxBytes,
    onDisk: onDisk === true,
    ...(oldest > 0 ? { oldestAt: new Date(oldest * 1000).toISOString() } : {}),
    ...(typeof problem === "string" ? { problem } : {}),
    dropped: Object.fromEntries([...dropped].filter(([, count]) => count > 0)),
  };
}

function inboxSection({ waiting, problem, store }: PartHealth): InboxSection {
  const said = problem ?? (store as { problem?: unknown } | undefined)?.problem;
  return { waiting: Number(waiting), ...(typeof said === "string" ? { problem: said } : {}) };
}

function twinSection(status: TwinStatus | undefined): TwinSection {
  if (status === undefined) return { on: false, refused: [], absent: [] };
  const { version, refused = [], absent = [], problem = status.reported?.problem } = status;
  return {
    on: true,
    ...(version === undefined ? {} : { version }),
    refused,
    absent,
    ...(problem === undefined ? {} : { problem }),
  };
}
