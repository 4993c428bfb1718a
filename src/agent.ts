import type { StopReason } from "./agent/boot-file.ts";
import { type Boot, openBootRecord } from "./agent/boot-record.ts";
import { watchHealth } from "./agent/health.ts";
import { openHttp } from "./agent/http.ts";
import { configuredJobs } from "./agent/jobs.ts";
import { configuredLink } from "./agent/link/link.ts";
import { createLinkRecord } from "./agent/link/record.ts";
import { chooseWhoWeAre } from "./agent/link/who-we-are.ts";
import { incomingMessages } from "./agent/messages/incoming.ts";
import { outgoingMessages } from "./agent/messages/outgoing.ts";
import type { AgentOptions } from "./agent/options.ts";
import { ownState } from "./agent/own-state.ts";
import { builtInSources } from "./agent/plugins/built-in-sources.ts";
import { configuredPlugins, reloadPlugins } from "./agent/plugins/plugins.ts";
import {
  beginMetricsMessages,
  beginTasks,
  configuredHeartbeat,
  configuredSchedule,
} from "./agent/schedule/schedule.ts";
import { openStatusPage, watchCalls } from "./agent/status-page/status-page.ts";
import { openTwin } from "./agent/twin/twin.ts";
import { systemClock, waitAtMost } from "./clock.ts";
import { createDesired } from "./desired/index.ts";
import { createDispatcher } from "./methods/dispatcher.ts";
import { createMethodRegistry } from "./methods/registry.ts";
import { createHealth } from "./observe/health.ts";
import { createLogLevel } from "./observe/log/log-level.ts";
import { createMetrics } from "./observe/metrics/metrics.ts";
import { modelNameOf } from "./rules/model-name.ts";
import type { HowItIs } from "./service-manager/status-words.ts";
import { NONE_YET } from "./twin/last-good.ts";
import { BUILD, softwareNamed } from "./version.ts";

/** How long the link waits for plugins: one that takes longer is waited for by those who call it. */
const PLUGIN_PATIENCE_MS = 2_000;
/** How long tasks may still run when the agent stops. */
const TASK_STOP_LIMIT_MS = 2_000;

export interface Agent {
  /** Where the status page is, and `/metrics`, `/livez` and `/readyz`. */
  readonly url: string;
  /** Resolves when each plugin that was there at the start serves, or is broken. */
  readonly loaded: Promise<void>;
  /** How the link and the plugins are now. */
  howItIs(): HowItIs;
  /**
   * Refuses new calls, drains those there are, and ends every part; resolves when nothing is left.
   * @param reason what the next run is told of this one's end
   */
  stop(reason?: StopReason): Promise<void>;
}

/**
 * Builds the parts, and starts them in the order in which they need each other; it is the only place that knows them
 * all. It does not wait for the hub: the link comes when the hub does.
 * @throws HubhandError CONFIG_INVALID or PORT_IN_USE; nothing is left running then
 */
export async function startAgent(options: AgentOptions): Promise<Agent> {
  const { config, logger } = options;
  const { values } = config;
  const { metrics = createMetrics({ ...BUILD, revision: values.twin.revision }) } = options;
  const software = softwareNamed(values.twin.revision);
  // What does not fit together is refused here, before anything runs.
  const who = await chooseWhoWeAre({
    ...options,
    clock: systemClock,
    hide: options.redactor.hide,
    onCertificate: (validTo) => metrics.linkCertificateExpiry.set(validTo.getTime() / 1000),
  });
  const health = createHealth();
  const registry = createMethodRegistry();
  const jobs = configuredJobs({ config: values, registry, metrics, logger });
  const { redact } = options.redactor;
  const calls = watchCalls({ observe: values.observe, registry, redact, clock: systemClock });
  const dispatcher = createDispatcher({
    registry,
    metrics,
    logger,
    jobs,
    starting: () => plugins.starting(),
    onAnswer: calls?.onAnswer,
  });
  const { directory } = values.state;
  const own = ownState({ directory, description: who.identities.description, logger });
  const outgoing = outgoingMessages({ config: values, own, metrics, logger });
  const ownTelemetry = outgoing.telemetryFor("hubhand");
  const schedule = await configuredSchedule({
    config: values,
    dispatcher,
    telemetry: ownTelemetry,
    metrics,
    logger,
  });
  const linkRecord = createLinkRecord({ config: values, metrics, clock: systemClock });
  let isLoading = true;
  const incoming = incomingMessages({
    config: values,
    directory: own.directory,
    plugins: () => plugins,
    isLoading: () => isLoading,
    metrics,
    logger,
  });
  const logLevel = createLogLevel({ logger });
  const plugins = configuredPlugins({
    config: values,
    env: options.env,
    threads: options.threads,
    groups: options.groups,
    isStarting: () => isLoading,
    telemetryFor: outgoing.telemetryFor,
    desired: () => desired,
    sources: (set) =>
      builtInSources({
        ...options,
        metrics,
        registry,
        messages: incoming.registry,
        history: linkRecord.history,
        jobs,
        schedule,
        logLevel,
        plugins: () => set,
        linkStatus: () => link.status(),
        twinStatus: () => twin?.status(),
      }),
    hide: options.redactor.hide,
    onChange() {
      twin?.refresh();
      incoming.pluginsSettled();
    },
    registry,
    schedule,
    messages: incoming.registry,
    metrics,
    logger,
  });
  const heartbeat = configuredHeartbeat({
    config: values,
    schedule,
    telemetry: ownTelemetry,
    metrics,
    plugins: plugins.status,
  });
  const desired = createDesired({
    lastGood: () => twin?.lastGood() ?? NONE_YET,
    logLevel,
    schedule,
    registry,
    heartbeat: { heartbeat, configured: values.schedule.heartbeat },
    plugins: () => plugins,
    logger,
  });
  const twin = await openTwin({
    ...values.twin,
    directory: own.directory,
    software,
    boot: () => boot,
    linkStatus: () => link.status(),
    linkStatistics: linkRecord.statistics,
    plugins: plugins.status,
    isStarting: () => isLoading || plugins.starting().length > 0,
    methods: registry.list,
    nameOf: modelNameOf,
    redact,
    writables: desired.writables,
    metrics,
    health,
    logger,
    clock: systemClock,
  });
  const mayServe = Promise.withResolvers<void>();
  const link = configuredLink({
    config: values,
    who,
    mayServe: mayServe.promise,
    twin,
    observer: linkRecord.observer,
    onCall: (call, reply) => dispatcher.dispatch({ ...call, reply }),
    idle: () => dispatcher.idle(),
    onMessage: incoming.receive,
    onOnline(session) {
      outgoing.use(session);
      incoming.use(session);
      twin?.online(session);
    },
    metrics,
    logger,
  });
  watchHealth(health, { link, outgoing, incoming, plugins, isLoading: () => isLoading });

  let known: Boot | undefined;
  const page = openStatusPage({
    ...options,
    calls,
    dispatcher,
    registry,
    jobs,
    plugins,
    schedule,
    health,
    history: linkRecord.history,
    linkStatus: link.status,
    linkStatistics: linkRecord.statistics,
    sinceChecked: linkRecord.sinceChecked,
    outgoingHealth: outgoing.health,
    incomingHealth: incoming.health,
    twinStatus: () => twin?.status(),
    boot: () => known,
    logLevel,
    metrics,
    clock: systemClock,
  });

  // The port first: it is the only part that can refuse, and it tells how the rest is coming along.
  const http = await openHttp({ config, metrics, health, page, clock: systemClock, logger });
  // It dials while the rest is made ready, and takes no call before it is.
  link.start();
  const boot = await openBootRecord({ directory, software, clock: systemClock, logger });
  known = boot;
  await Promise.all([outgoing.open(), incoming.open()]);
  twin?.start();
  const unwatch = values.plugins.reload
    ? await reloadPlugins(plugins, { config: values, logger })
    : undefined;
  void jobs.load();
  const loaded = plugins.loadAll().finally(async () => {
    isLoading = false;
    incoming.pluginsSettled();
    twin?.refresh();
    await beginMetricsMessages({ config: values, schedule, telemetry: ownTelemetry, metrics });
    beginTasks({ schedule, heartbeat, tasks: values.schedule.tasks, registry, logger });
  });
  await waitAtMost(loaded, PLUGIN_PATIENCE_MS, systemClock);
  mayServe.resolve();

  const howItIs = (): HowItIs => ({
    link: link.status(),
    plugins: plugins.status(),
    starting: plugins.starting(),
  });
  return { url: http.url, loaded, howItIs, stop };

  /** In the reverse order: no new calls, answers for the old ones, then the link that carried them; the outbox when nobody tells it anything. */
  async function stop(reason: StopReason = "stopped"): Promise<void> {
    logger.info({ event: "agent.stopping" }, "stopping");
    const { drainTimeout } = values.methods;
    await Promise.all([
      dispatcher.drain(drainTimeout),
      jobs.stop(drainTimeout),
      incoming.drain(drainTimeout),
      schedule.stop(TASK_STOP_LIMIT_MS),
    ]);
    await outgoing.settle();
    await twin?.stop();
    await link.stop();
    await unwatch?.();
    await plugins.stopAll();
    await outgoing.close();
    page?.stop();
    await http.stop();
    await boot.ended(reason);
    logger.info({ event: "agent.stopped" }, "stopped");
  }
}
