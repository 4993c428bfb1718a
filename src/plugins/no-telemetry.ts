import { HubhandError } from "../errors.ts";
import type { Telemetry } from "../messages/telemetry.ts";

/** For plugins that are loaded to be looked at: there is nothing that could keep a message, and so none is promised. */
export const noTelemetry: Telemetry = {
  async send() {
    throw new HubhandError("AGENT_STOPPING", "no agent runs here that could send a message to the hub");
  },
};
