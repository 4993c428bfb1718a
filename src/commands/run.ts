import { Command } from "commander";
import type { StopReason } from "../agent/boot-file.ts";
import type { AgentOptions } from "../agent/options.ts";
import { type Agent, startAgent } from "../agent.ts";
import { systemClock, waitAtMost } from "../clock.ts";
import {
  addConfigFlags,
  type LoadedConfig,
  loadConfig,
  readConfigFlags,
  secretValues,
} from "../config/index.ts";
import { isHubhandError } from "../errors.ts";
import type { Logger } from "../events/logger.ts";
import { createLogRing } from "../observe/log/log-ring.ts";
import { createLogger, flushLog } from "../observe/log/logger.ts";
import { createRedactor } from "../observe/log/redaction.ts";
import { createMetrics, type Metrics } from "../observe/metrics/metrics.ts";
import { createProcessGroups } from "../plugins/hosts/groups.ts";
import { createThreads } from "../plugins/hosts/worker/threads.ts";
import { provideOwnApi } from "../plugins/resolve-hook.ts";
import type { ServiceManager } from "../service-manager/service-manager.ts";
import { BUILD } from "../version.ts";
import { examples } from "./command-line/examples.ts";
import { listenForStop } from "./process/stop-signal.ts";
import { guardProcess } from "./process/uncaught.ts";

const START_PATIENCE_MS = 1_000;
/** What the agent's end takes at most besides calls, jobs and messages that are drained: tasks, outbox, link, stop hooks. */
const END_MS = 20_000;

const EXAMPLES = examples([
  ["hubhand run", "with the connection string in HUBHAND_CONNECTION_STRING"],
  ["hubhand run --hub-connection-string-file /run/secrets/hub", "with it in a file"],
  ["hubhand run --config pi.yaml --log-level debug", "settings from a file, and one from here"],
  ["hubhand run --plugins-directory plugins --plugins-reload true", "take up plugins as they are written"],
]);

/** The verb `run`: the agent, until a signal ends it. Standard output is its log and nothing else. */
export function runCommand(): Command {
  const command = new Command("run").description("run the device agent until it is told to stop");
  command.addHelpText("after", EXAMPLES);
  return addConfigFlags(command).action(async () => {
    const config = loadConfig({ env: process.env, cwd: process.cwd(), ...readConfigFlags(command) });
    const { level, format, keep, file: wanted } = config.values.log;
    const redactor = createRedactor(secretValues(config));
    const logRing = createLogRing({ bytes: keep, redact: redactor.redact });
    const metrics = createMetrics({ ...BUILD, revision: config.values.twin.revision });
    const file = await configuredFile(wanted, metrics);
    const journalStream = process.env.JOURNAL_STREAM;
    const logger = await createLogger({
      ...{ level, format, journalStream },
      ...{ redactor, ring: logRing, metrics, ...file },
    });
    try {
      await run({ config, logger, metrics, redactor, logRing, env: process.env });
    } catch (error) {
      if (isHubhandError(error)) throw error;
      // Its stack may hold what nobody may read: only this log knows the secrets.
      logger.fatal({ event: "agent.fault", err: error }, "an internal fault at the start");
      await flushLog(logger);
      process.exitCode = 70;
    } finally {
      // It did not start: what waits to be written must not be lost, nor hold up the end.
      file?.file.close();
    }
  });
}

/** The log's file, if there is to be one; few want it, and the others need not load it. */
async function configuredFile(
  { path, ...options }: LoadedConfig["values"]["log"]["file"],
  { logDropped }: Metrics,
) {
  if (path === null) return undefined;
  const { openLogFile } = await import("../observe/log/log-file.ts");
  const onDropped = (lines: number): void => logDropped.inc({ destination: "file" }, lines);
  const file = openLogFile({ ...options, path, clock: systemClock, onDropped });
  process.once("exit", file.close);
  return { file };
}

async function run(options: Omit<AgentOptions, "restart" | "threads" | "groups">): Promise<void> {
  const { config, logger } = options;
  const signals = listenForStop();
  const manager = await invitingServiceManager(logger);
  logger.info({ event: "agent.starts", ...BUILD, pid: process.pid }, `hubhand ${BUILD.version} starts`);
  for (const warning of config.warnings) logger.warn({ event: "config.warning" }, warning);
  provideOwnApi();
  const threads = createThreads();
  const groups = createProcessGroups();
  const guard = guardProcess({
    logger,
    pluginsDirectory: config.values.plugins.directory,
    hasThreads: () => threads.size > 0,
    beforeExit: groups.killAll,
  });
  void signals.insisted.then(async (signal) => {
    logger.warn({ event: "agent.stopped-at-once", signal }, "asked again: exiting at once");
    await flushLog(logger);
    guard.exit(70);
  });
  const restart = Promise.withResolvers<"restart">();
  const asked = Promise.race([signals.asked, guard.failed, restart.promise]);
  const starting = startAgent({ ...options, threads, groups, restart: () => restart.resolve("restart") });
  await Promise.race([starting, asked]);
  void starting.then(({ howItIs }) => manager?.ready(howItIs)).catch(() => {});
  const reason = await asked;
  manager?.stopping(config.values.methods.drainTimeout + END_MS);
  logger.info({ event: "agent.asked-to-stop", reason }, "asked to stop");
  const agent = await startedWithin(starting);
  await agent?.stop(stopReasonFor(reason));
  await flushLog(logger);
  // A handler that never ends, or a plugin's open socket, must not keep the process: all that was owed is done.
  guard.exit(exitCodeFor(reason));
}

/** Who started us may want to be told how we are: systemd, for a unit with Type=notify. Others need not load it. */
async function invitingServiceManager(logger: Logger): Promise<ServiceManager | undefined> {
  if (process.env.NOTIFY_SOCKET === undefined) return undefined;
  const { openServiceManager } = await import("../service-manager/index.ts");
  return openServiceManager({ env: process.env, pid: process.pid, clock: systemClock, logger });
}

/** What the next run is told of this one's end. */
function stopReasonFor(reason: NodeJS.Signals | "fault" | "restart"): StopReason {
  if (reason === "restart") return "restart";
  return reason === "fault" ? "failed" : "stopped";
}

/** A restart is no success, so that also those who start again only what failed do so. */
function exitCodeFor(reason: NodeJS.Signals | "fault" | "restart"): number {
  if (reason === "restart") return 75;
  return reason === "fault" ? 70 : 0;
}

/** A plugin that takes its time to start is not waited for when we stop: nothing is owed to anybody yet. */
async function startedWithin(starting: Promise<Agent>): Promise<Agent | undefined> {
  let agent: Agent | undefined;
  const started = starting.then((running) => {
    agent = running;
  });
  await waitAtMost(started, START_PATIENCE_MS, systemClock);
  return agent;
}
