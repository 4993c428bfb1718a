import type { AgentOptions } from "../../../src/agent/options.ts";
import { type Agent, startAgent } from "../../../src/agent.ts";
import { createLogRing } from "../../../src/observe/log/log-ring.ts";

/** The whole agent in this process, which keeps no lines of its log, takes nothing of our environment and is not started afresh. */
export const startQuietly = (options: Pick<AgentOptions, "config" | "logger" | "redactor">): Promise<Agent> =>
  startAgent({
    ...options,
    env: {},
    logRing: createLogRing({ bytes: 0, redact: options.redactor.redact }),
    restart: () => {},
  });
