import { type LocalHub, type LocalHubOptions, startLocalHub } from "../../../src/local-hub/index.ts";
import type { CleanUp } from "../clean-up.ts";
import { waitUntil } from "../time/wait-until.ts";
import { startAgentProcess } from "./agent-process.ts";
import type { HubhandProcess } from "./hubhand-process.ts";

export interface AgentOnHub {
  readonly hub: LocalHub;
  readonly agent: HubhandProcess;
  /** Where its metrics and health are. */
  readonly url: string;
}

export interface AgentOnHubOptions {
  readonly hub?: LocalHubOptions;
  /** One that runs already, and knows the device. */
  readonly on?: LocalHub;
  /** A plugins folder; the examples if left out. */
  readonly plugins?: string;
  readonly env?: Record<string, string>;
  /** Does not wait until its plugins have started: one of them takes its time. */
  readonly whileTheyStart?: boolean;
}

export const DEVICE_ID = "pi-1";

/** A hub in this process and an agent in its own, online, with plugins that have started. */
export async function startAgentOnHub(
  cleanUp: CleanUp,
  options: AgentOnHubOptions = {},
): Promise<AgentOnHub> {
  const hub = options.on ?? (await startHub(cleanUp, options.hub));
  const agent = startAgentProcess(cleanUp, {
    hub,
    deviceId: DEVICE_ID,
    env: { HUBHAND_PLUGINS_DIRECTORY: options.plugins ?? "examples/demo", ...options.env },
  });
  const { url } = await agent.line("the agent listens", (line) => typeof line.url === "string");
  await agent.line("the agent is online", (line) => line.state === "online");
  // The link does not wait long for plugins.
  if (options.whileTheyStart !== true)
    await waitUntil("its plugins have started", async () => {
      const { parts } = (await (await fetch(`${url}/readyz`)).json()) as {
        parts: { plugins: { starting?: unknown } };
      };
      return parts.plugins.starting === undefined;
    });
  return { hub, agent, url: String(url) };
}

async function startHub(cleanUp: CleanUp, options: LocalHubOptions | undefined): Promise<LocalHub> {
  const hub = await startLocalHub({ dataDirectory: await cleanUp.folder(), ...options });
  cleanUp.add(() => hub.stop());
  await hub.registry.create({ deviceId: DEVICE_ID });
  return hub;
}
