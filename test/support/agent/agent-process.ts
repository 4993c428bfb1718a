import type { LocalHub } from "../../../src/local-hub/index.ts";
import type { CleanUp } from "../clean-up.ts";
import { type HubhandProcess, startHubhand } from "./hubhand-process.ts";

export interface AgentProcessOptions {
  /** It knows the device. */
  readonly hub: LocalHub;
  readonly deviceId: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Starts an agent as a device of this hub, on any port; it is killed after the test. */
export function startAgentProcess(
  cleanUp: CleanUp,
  { hub, deviceId, env }: AgentProcessOptions,
): HubhandProcess {
  const agent = startHubhand(["run"], {
    HUBHAND_CONNECTION_STRING: hub.deviceConnectionString(deviceId),
    HUBHAND_HUB_CA_FILE: hub.caFile ?? "",
    HUBHAND_OBSERVE_PORT: "0",
    ...env,
  });
  cleanUp.add(async () => {
    agent.kill("SIGKILL");
    await agent.exited;
  });
  return agent;
}
