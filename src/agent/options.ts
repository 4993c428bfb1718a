import type { Environment, LoadedConfig } from "../config/index.ts";
import type { Logger } from "../events/logger.ts";
import type { LogRing } from "../observe/log/log-ring.ts";
import type { Redactor } from "../observe/log/redaction.ts";
import type { Metrics } from "../observe/metrics/metrics.ts";
import type { ProcessGroups } from "../plugins/hosts/groups.ts";
import type { Threads } from "../plugins/hosts/worker/threads.ts";

/** What an agent is started with: what whoever starts it has made already, as it is needed before or after it. */
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
