import { readFile } from "node:fs/promises";
import type { Logger } from "pino";
import type { LoadedConfig } from "./config/index.ts";
import { HubhandError, messageOf } from "./errors.ts";
import { parseConnectionString } from "./link/connection-string.ts";
import { fixedIdentity, type IdentitySource } from "./link/identity.ts";
import { createLink, type Link } from "./link/link.ts";
import { observeLink } from "./link/observer.ts";
import { fixedTrust } from "./link/trust.ts";
import { createDispatcher } from "./methods/dispatcher.ts";
import { createMethodRegistry } from "./methods/registry.ts";
import { createHealth } from "./observe/health.ts";
import { type HttpFace, startHttpFace } from "./observe/http.ts";
import { createMetrics } from "./observe/metrics.ts";
import { builtInPlugin } from "./plugins/built-in.ts";
import { discoverPlugins } from "./plugins/discovery.ts";
import { hostInProcess } from "./plugins/hosts/in-process.ts";
import { createModuleLoader } from "./plugins/load-module.ts";
import { createPluginSet, type PluginSet } from "./plugins/plugin-set.ts";
import { createSchedule } from "./schedule/schedule.ts";
import { BUILD, VERSION } from "./version.ts";

/** How long tasks may still run when the agent stops. */
const TASK_STOP_LIMIT_MS = 2_000;

export interface Agent {
  /** Where `/metrics`, `/livez` and `/readyz` are. */
  readonly url: string;
  /** Refuses new calls, drains those there are, and ends every part; resolves when nothing is left. */
  stop(): Promise<void>;
}

export interface AgentOptions {
  readonly config: LoadedConfig;
  readonly logger: Logger;
}

/**
 * Builds the parts, and starts them in the order in which they need each other; it is the only place that knows them
 * all. It does not wait for the hub: the link comes when the hub does.
 * @throws HubhandError CONFIG_INVALID or PORT_IN_USE; nothing is left running then
 */
export async function startAgent({ config, logger }: AgentOptions): Promise<Agent> {
  const { values } = config;
  const identities = identitiesFrom(config);
  const ca = await readCa(config);
  const metrics = createMetrics(BUILD);
  const health = createHealth();
  const registry = createMethodRegistry();
  const dispatcher = createDispatcher({ registry, metrics, logger });
  const schedule = createSchedule({ timezone: values.schedule.timezone ?? undefined, metrics, logger });
  const plugins = buildPlugins();
  const link = createLink({
    identities,
    trust: fixedTrust(ca),
    ...values.link,
    productInfo: `hubhand/${VERSION}`,
    logger,
    observer: observeLink(metrics),
    onCall: (call, reply) => dispatcher.dispatch({ ...call, reply }),
    idle: () => dispatcher.idle(),
  });
  health.register("link", () => linkHealth(link));
  health.register("plugins", () => pluginsHealth(plugins));

  // The port first: it is the only part that can refuse, and it tells how the rest is coming along.
  const http = await startHttpFace({
    ...values.observe,
    registry: metrics.registry,
    health,
    version: VERSION,
  });
  logger.info({ url: http.url }, `metrics and health at ${http.url}`);
  await plugins.loadAll();
  link.start();

  return { url: http.url, stop: () => stop(http) };

  function buildPlugins(): PluginSet {
    const { timeout, concurrency, queue } = values.methods;
    const defaults = { timeout, concurrency, queue };
    const load = createModuleLoader({ settings: values.plugins.settings, defaults, logger });
    const set = createPluginSet({
      discover: () => discoverPlugins(values.plugins.directory),
      load,
      builtIn: () =>
        hostInProcess({
          definition: builtInPlugin({ version: VERSION, methods: registry.list, plugins: set.status }),
          name: "hubhand",
          kind: "built-in",
          settings: {},
          defaults,
          logger,
        }),
      disabled: values.plugins.disabled,
      configured: Object.keys(values.plugins.settings),
      registry,
      schedule,
      metrics,
      logger,
    });
    return set;
  }

  /** In the reverse order: no new calls, answers for the old ones, then the link that carried them. */
  async function stop(face: HttpFace): Promise<void> {
    logger.info("stopping");
    await Promise.all([dispatcher.drain(values.methods.drainTimeout), schedule.stop(TASK_STOP_LIMIT_MS)]);
    await link.stop();
    await plugins.stopAll();
    await face.stop();
    logger.info("stopped");
  }
}

function identitiesFrom({ values, origin }: LoadedConfig): IdentitySource {
  const { connectionString } = values.hub;
  if (connectionString === null) {
    throw new HubhandError(
      "CONFIG_INVALID",
      "No connection string. Set HUBHAND_CONNECTION_STRING (or IOTHUB_DEVICE_CONNECTION_STRING) to the device's: in the portal under Devices, the device, Primary connection string. Or name a file that holds it: HUBHAND_CONNECTION_STRING_FILE.",
    );
  }
  const { key = "", ...who } = parseConnectionString(connectionString, origin("hub.connectionString"));
  return fixedIdentity({ ...who, proof: { kind: "symmetric-key", key } });
}

async function readCa({ values, origin }: LoadedConfig): Promise<string | undefined> {
  const { caFile } = values.hub;
  if (caFile === null) return undefined;
  const complain = (problem: string) =>
    new HubhandError("CONFIG_INVALID", `hub.caFile (${origin("hub.caFile")}): ${caFile} ${problem}`);
  const text = await readFile(caFile, "utf8").catch((error: unknown) => {
    throw complain(
      `cannot be read: ${messageOf(error)}. Expected a PEM file with the certificates to trust.`,
    );
  });
  if (!text.includes("-----BEGIN CERTIFICATE-----"))
    throw complain("holds no certificate. Expected PEM text.");
  return text;
}

function linkHealth(link: Link) {
  const status = link.status();
  return { ready: status.state === "online", ...status };
}

function pluginsHealth({ status, folderProblem }: PluginSet) {
  const all = status();
  const problem = folderProblem === undefined ? {} : { problem: folderProblem };
  return { ready: folderProblem === undefined && all.every(({ up }) => up), ...problem, plugins: all };
}
