import path from "node:path";
import { type Boot, openBootRecord, type StopReason } from "./agent/boot-record.ts";
import { builtInSources } from "./agent/built-in-sources.ts";
import { linkHealth, pluginsHealth } from "./agent/health.ts";
import { incomingMessages } from "./agent/incoming-messages.ts";
import { remembering } from "./agent/link-history.ts";
import { createLinkStatistics } from "./agent/link-statistics.ts";
import { outgoingMessages } from "./agent/outgoing-messages.ts";
import { ownState } from "./agent/own-state.ts";
import { configuredPlugins, reloadPlugins } from "./agent/plugins.ts";
import {
  beginMetricsMessages,
  beginTasks,
  configuredHeartbeat,
  configuredSchedule,
} from "./agent/schedule.ts";
import { openStatusPage, watchCalls } from "./agent/status-page.ts";
import { openTwin } from "./agent/twin.ts";
import { tellWhoMayLook } from "./agent/who-may-look.ts";
import { chooseWhoWeAre } from "./agent/who-we-are.ts";
import { systemClock, waitAtMost } from "./clock.ts";
import type { Environment, LoadedConfig } from "./config/index.ts";
import { createDesired } from "./desired/index.ts";
import type { Logger } from "./events/logger.ts";
import { createLink } from "./link/link.ts";
import { observeIdentity, observeLink } from "./link/observer.ts";
import { createDispatcher } from "./methods/dispatcher.ts";
import { createJobs } from "./methods/jobs/jobs.ts";
import { createJobStore } from "./methods/jobs/store.ts";
import { createMethodRegistry } from "./methods/registry.ts";
import { createHealth } from "./observe/health.ts";
import { createHistory } from "./observe/history.ts";
import { type HttpFace, startHttpFace } from "./observe/http/face.ts";
import { createLogLevel } from "./observe/log-level.ts";
import type { LogRing } from "./observe/log-ring.ts";
import { createMetrics, type Metrics } from "./observe/metrics.ts";
import type { Redactor } from "./observe/redaction.ts";
import type { ProcessGroups } from "./plugins/hosts/groups.ts";
import type { Threads } from "./plugins/hosts/worker/threads.ts";
import { modelNameOf } from "./rules/model-name.ts";
import { NONE_YET } from "./twin/last-good.ts";
import { BUILD, VERSION } from "./version.ts";

/** How long the link waits for plugins: one that takes longer is waited for by those who call it. */
const PLUGIN_PATIENCE_MS = 2_000;
/** How long tasks may still run when the agent stops. */
const TASK_STOP_LIMIT_MS = 2_000;

/** How many changes of the link are remembered for a support bundle: some hours of a bad day. */
const LINK_HISTORY = 500;

export interface Agent {
  /** Where the status page is, and `/metrics`, `/livez` and `/readyz`. */
  readonly url: string;
  /** Resolves when each plugin that was there at the start serves, or is broken. */
  readonly loaded: Promise<void>;
  /**
   * Refuses new calls, drains those there are, and ends every part; resolves when nothing is left.
   * @param reason what the next run is told of this one's end
   */
  stop(reason?: StopReason): Promise<void>;
}

export interface AgentOptions {
  readonly config: LoadedConfig;
  readonly logger: Logger;
  /** What the logger counts with already; the agent's own if left out. */
  readonly metrics?: Metrics;
  /** The environment: `process.env`. IoT Edge's runtime tells a module who it is there. */
  readonly env: Environment;
  /** Those that plugins will run in; whoever ends the process must know whether there are any left. */
  readonly threads?: Threads;
  readonly groups?: ProcessGroups;
  /** Told of each secret that is read later, so that none is ever logged or told. */
  readonly redactor: Redactor;
  /** The latest lines of the log. */
  readonly logRing: Pick<LogRing, "lines" | "linesAfter">;
  /** A caller wants the agent to end, and to be started afresh. */
  restart(): void;
}

/**
 * Builds the parts, and starts them in the order in which they need each other; it is the only place that knows them
 * all. It does not wait for the hub: the link comes when the hub does.
 * @throws HubhandError CONFIG_INVALID or PORT_IN_USE; nothing is left running then
 */
export async function startAgent(options: AgentOptions): Promise<Agent> {
  const { config, logger, metrics = createMetrics(BUILD) } = options;
  const { values } = config;
  // What does not fit together is refused here, before anything runs.
  const { identities, trust, proxy } = await chooseWhoWeAre({
    ...options,
    clock: systemClock,
    hide: options.redactor.hide,
    onCertificate: (validTo) => metrics.linkCertificateExpiry.set(validTo.getTime() / 1000),
  });
  const health = createHealth();
  const registry = createMethodRegistry();
  const jobs = createJobs({
    ...values.methods.jobs,
    isMethod: registry.has,
    store: createJobStore({ directory: path.join(values.state.directory, "jobs"), logger }),
    metrics,
    logger,
  });
  const starting = () => plugins.starting();
  const { redact } = options.redactor;
  const calls = watchCalls({ observe: values.observe, registry, redact, clock: systemClock });
  const dispatcher = createDispatcher({
    registry,
    metrics,
    logger,
    jobs,
    starting,
    onAnswer: calls?.onAnswer,
  });
  const { directory } = values.state;
  const own = ownState({ directory, description: identities.description, logger });
  const outgoing = outgoingMessages({ config: values, own, metrics, logger });
  const ownTelemetry = outgoing.telemetryFor("hubhand");
  const schedule = await configuredSchedule({
    config: values,
    dispatcher,
    telemetry: ownTelemetry,
    metrics,
    logger,
  });
  const history = createHistory({ most: LINK_HISTORY });
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
    telemetryFor: outgoing.telemetryFor,
    desired: () => desired,
    sources: (set) =>
      builtInSources({
        ...options,
        metrics,
        registry,
        messages: incoming.registry,
        history,
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
  const statistics = createLinkStatistics(systemClock);
  const twin = await openTwin({
    ...values.twin,
    directory: own.directory,
    version: VERSION,
    boot: () => boot,
    linkStatus: () => link.status(),
    linkStatistics: statistics.current,
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
  const link = createLink({
    identities,
    trust,
    ...values.link,
    proxy,
    productInfo: `hubhand/${VERSION}`,
    logger,
    observer: statistics.counting(remembering(observeLink(metrics, values.link), history)),
    onCall: (call, reply) => dispatcher.dispatch({ ...call, reply }),
    idle: () => dispatcher.idle(),
    modelId: values.twin.modelId ?? undefined,
    onMessage: incoming.receive,
    onOnline(session) {
      outgoing.use(session);
      incoming.use(session);
      twin?.online(session);
    },
    ...(twin === undefined ? {} : { onDesired: twin.pushed, onChecked: twin.checked }),
  });
  observeIdentity(metrics, link.status);
  health.register("link", () => linkHealth(link));
  health.register("messages", outgoing.health);
  health.register("inbox", incoming.health);
  health.register("plugins", () => pluginsHealth(plugins, isLoading));

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
    history,
    linkStatus: link.status,
    linkStatistics: statistics.current,
    outgoingHealth: outgoing.health,
    incomingHealth: incoming.health,
    twinStatus: () => twin?.status(),
    boot: () => known,
    logLevel,
    metrics,
    clock: systemClock,
  });

  // The port first: it is the only part that can refuse, and it tells how the rest is coming along.
  const http = await startHttpFace({
    ...values.observe,
    origin: config.origin,
    registry: metrics.registry,
    health,
    version: VERSION,
    clock: systemClock,
    logger,
    ...(page === undefined ? {} : { mount: page.mount }),
  });
  const served = page === undefined ? "metrics and health" : "status page, metrics and health";
  logger.info({ event: "http.listens", url: http.url }, `${served} at ${http.url}`);
  tellWhoMayLook({ observe: values.observe, logger });
  const boot = await openBootRecord({ directory, clock: systemClock, logger });
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
  link.start();

  return { url: http.url, loaded, stop: (reason = "stopped") => stop(http, reason) };

  /** In the reverse order: no new calls, answers for the old ones, then the link that carried them; the outbox when nobody tells it anything. */
  async function stop(face: HttpFace, reason: StopReason): Promise<void> {
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
    await face.stop();
    await boot.ended(reason);
    logger.info({ event: "agent.stopped" }, "stopped");
  }
}
