import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadConfig } from "../../../src/config/index.ts";
import { createLogBook } from "../../support/agent/log-lines.ts";
import { startQuietly } from "../../support/agent/start-quietly.ts";
import type { CleanUp } from "../../support/clean-up.ts";

export const CHAOS_PLUGINS = dirname(fileURLToPath(new URL("../fixtures/plugins/chaos.ts", import.meta.url)));

/**
 * As patient as a test has time for, and no more. One second is the least that the configuration takes for a
 * keep-alive.
 */
export const QUICK = {
  HUBHAND_LINK_TRANSPORT: "mqtt",
  HUBHAND_LINK_KEEP_ALIVE: "1s",
  HUBHAND_LINK_DIAL_TIMEOUT: "5s",
  HUBHAND_LINK_CONNECT_TIMEOUT: "5s",
  HUBHAND_LINK_CLOSE_TIMEOUT: "500ms",
  HUBHAND_LINK_BACKOFF_NETWORK_BASE: "100ms",
  HUBHAND_LINK_BACKOFF_NETWORK_MAX: "400ms",
  HUBHAND_LINK_BACKOFF_REFUSED_BASE: "100ms",
  HUBHAND_LINK_BACKOFF_REFUSED_MAX: "400ms",
  HUBHAND_LINK_BACKOFF_UNAUTHORIZED_BASE: "100ms",
  HUBHAND_LINK_BACKOFF_UNAUTHORIZED_MAX: "400ms",
  HUBHAND_LINK_BACKOFF_CONFLICT_BASE: "100ms",
  HUBHAND_LINK_BACKOFF_CONFLICT_MAX: "400ms",
  HUBHAND_METHODS_DRAIN_TIMEOUT: "500ms",
} as const;

/** The longest backoff of that configuration, and how long an attempt may take in it. */
export const QUICK_LIMITS = { backoffMs: 400, connectMs: 5_000 } as const;

export type LogLine = Readonly<Record<string, unknown>>;

/** An agent, in this process or in its own, as whoever runs it sees it. */
export interface AgentUnderTest {
  /** Where its HTTP face is. */
  readonly url: string;
  /** Its log so far. */
  lines(): readonly LogLine[];
  /** Stops it in order; rejects if it does not end well. */
  stop(): Promise<void>;
}

export interface StartOptions {
  readonly connectionStringFile: string;
  readonly caFile: string;
  readonly config?: Readonly<Record<string, string>>;
}

export function agentEnvironment(options: StartOptions): Record<string, string> {
  return {
    ...QUICK,
    HUBHAND_CONNECTION_STRING_FILE: options.connectionStringFile,
    HUBHAND_HUB_CA_FILE: options.caFile,
    HUBHAND_PLUGINS_DIRECTORY: CHAOS_PLUGINS,
    HUBHAND_OBSERVE_PORT: "0",
    HUBHAND_STATE_DIRECTORY: join(dirname(options.connectionStringFile), "state"),
    ...options.config,
  };
}

/** The whole agent in this process. */
export async function startAgentHere(cleanUp: CleanUp, options: StartOptions): Promise<AgentUnderTest> {
  const config = loadConfig({ env: agentEnvironment(options), cwd: CHAOS_PLUGINS });
  const { logger, lines, redactor } = await createLogBook({ level: "debug" });
  const agent = await startQuietly({ config, logger, redactor });
  cleanUp.add(() => agent.stop());
  return { url: agent.url, lines, stop: () => agent.stop() };
}
