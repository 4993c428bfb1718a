import path from "node:path";
import { loadConfig } from "../../../src/config/index.ts";
import type { LocalHub } from "../../../src/local-hub/index.ts";
import { createLogBook } from "../../support/agent/log-lines.ts";
import { startQuietly } from "../../support/agent/start-quietly.ts";
import type { CleanUp } from "../../support/clean-up.ts";

export interface DevicesOptions {
  readonly hub: Pick<LocalHub, "caFile">;
  readonly endpoint: string;
  /** The folder of all cards. */
  readonly cards: string;
}

/** A device that was given its card and switched on. */
export interface Device {
  readonly id: string;
  /** Where its metrics are: `host:port`. */
  readonly address: string;
  readonly log: () => string;
  /** Switches it off, in order. */
  stop(): Promise<void>;
}

/** Switches devices on: whole agents, in this process, each with its own disk. */
export async function createDevices(cleanUp: CleanUp, { hub, endpoint, cards }: DevicesOptions) {
  const states = await cleanUp.folder();
  const nothing = await cleanUp.folder();

  async function start(id: string, env: Readonly<Record<string, string>> = {}): Promise<Device> {
    const config = loadConfig({
      cwd: nothing,
      env: {
        HUBHAND_CONFIG: path.join(cards, id, "hubhand.yaml"),
        HUBHAND_HUB_PROVISIONING_ENDPOINT: endpoint,
        HUBHAND_HUB_CA_FILE: hub.caFile ?? "",
        HUBHAND_STATE_DIRECTORY: path.join(states, id),
        HUBHAND_PLUGINS_DIRECTORY: nothing,
        HUBHAND_OBSERVE_PORT: "0",
        HUBHAND_LINK_BACKOFF_UNAUTHORIZED_BASE: "100ms",
        HUBHAND_LINK_BACKOFF_NETWORK_BASE: "100ms",
        HUBHAND_LINK_DIAL_TIMEOUT: "60s",
        HUBHAND_LINK_CONNECT_TIMEOUT: "60s",
        ...env,
      },
    });
    const { logger, redactor, text } = await createLogBook({ level: "info" });
    const agent = await startQuietly({ config, logger, redactor });
    let stopped: Promise<void> | undefined;
    const stop = (): Promise<void> => {
      stopped ??= agent.stop();
      return stopped;
    };
    cleanUp.add(stop);
    return { id, address: new URL(agent.url).host, log: text, stop };
  }

  return { start, states };
}
