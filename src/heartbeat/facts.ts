import { statfs } from "node:fs/promises";
import { freemem, loadavg, totalmem } from "node:os";
import path from "node:path";
import type { Clock } from "../clock.ts";
import { SECOND } from "../durations.ts";
import type { Metrics } from "../observe/metrics/metrics.ts";
import { cpuTemperature } from "./cpu-temperature.ts";

/** How a device is. A model in DTDL can say all of it: numbers, and objects of numbers. */
export interface HeartbeatFacts {
  /** Of the agent. */
  readonly uptimeSeconds: number;
  /** What the agent takes, and what the machine has. */
  readonly memory: { readonly rssBytes: number; readonly freeBytes: number; readonly totalBytes: number };
  /** How many processes wait for a processor, on average. */
  readonly load: {
    readonly oneMinute: number;
    readonly fiveMinutes: number;
    readonly fifteenMinutes: number;
  };
  /** Where the machine has a sensor. */
  readonly cpuCelsius?: number;
  /** Of the file system that has the state directory; absent where it does not say. */
  readonly disk?: { readonly freeBytes: number; readonly totalBytes: number };
  /** Since the agent's start; `connectedSeconds` is of the session that is online, 0 when offline. */
  readonly link: { readonly sessions: number; readonly failures: number; readonly connectedSeconds: number };
  readonly plugins: { readonly up: number; readonly down: number };
  /** What is not acknowledged by the hub yet, this heartbeat not included. */
  readonly outbox: { readonly messages: number; readonly bytes: number };
}

export interface FactsOptions {
  readonly metrics: Pick<
    Metrics,
    "linkSessions" | "linkFailures" | "linkConnectedSince" | "outboxMessages" | "outboxBytes"
  >;
  plugins(): readonly { readonly up: boolean }[];
  readonly stateDirectory: string;
  readonly clock: Clock;
  /** Seconds that the agent runs. */
  readonly uptime?: () => number;
}

/** Looks at how the device is. Never rejects: what cannot be known is left out. */
export async function heartbeatFacts(options: FactsOptions): Promise<HeartbeatFacts> {
  const { metrics, clock, stateDirectory, uptime = process.uptime } = options;
  const plugins = options.plugins();
  const up = plugins.filter((plugin) => plugin.up).length;
  const [oneMinute = 0, fiveMinutes = 0, fifteenMinutes = 0] = loadavg().map(hundredths);
  const [cpuCelsius, disk, sessions, failures, connectedSince, messages, bytes] = await Promise.all([
    cpuTemperature(),
    diskOf(stateDirectory),
    sumOf(metrics.linkSessions, ({ outcome }) => outcome === "online"),
    sumOf(metrics.linkFailures),
    sumOf(metrics.linkConnectedSince),
    sumOf(metrics.outboxMessages),
    sumOf(metrics.outboxBytes),
  ]);
  const connectedSeconds = connectedSince > 0 ? Math.round(clock.wallClock() / SECOND - connectedSince) : 0;
  return {
    uptimeSeconds: Math.round(uptime()),
    memory: { rssBytes: process.memoryUsage.rss(), freeBytes: freemem(), totalBytes: totalmem() },
    load: { oneMinute, fiveMinutes, fifteenMinutes },
    ...(cpuCelsius === undefined ? {} : { cpuCelsius }),
    ...(disk === undefined ? {} : { disk }),
    link: { sessions, failures, connectedSeconds: Math.max(0, connectedSeconds) },
    plugins: { up, down: plugins.length - up },
    outbox: { messages, bytes },
  };
}

const hundredths = (value: number): number => Math.round(value * 100) / 100;

interface Metric {
  get(): Promise<{ readonly values: readonly { readonly value: number; readonly labels: object }[] }>;
}

async function sumOf(
  metric: Metric,
  counts: (labels: Readonly<Record<string, unknown>>) => boolean = () => true,
): Promise<number> {
  const { values } = await metric.get();
  return values.reduce(
    (sum, { value, labels }) => (counts(labels as Record<string, unknown>) ? sum + value : sum),
    0,
  );
}

/** The folder is made when it is first needed: until then its parent's file system is the one. */
async function diskOf(directory: string): Promise<HeartbeatFacts["disk"]> {
  try {
    // `bavail`: what is free for us, not for root alone.
    const { bsize, bavail, blocks } = await statfs(directory);
    return { freeBytes: bsize * bavail, totalBytes: bsize * blocks };
  } catch {
    const parent = path.dirname(directory);
    return parent === directory ? undefined : diskOf(parent);
  }
}
