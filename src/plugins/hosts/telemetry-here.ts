import { HubhandError, isHubhandError, messageOf } from "../../errors.ts";
import type { Telemetry, TelemetryOptions } from "../../messages/telemetry.ts";

export interface TelemetryHere {
  readonly telemetry: Telemetry;
  /** The plugin is stopped: what a timer that it forgot goes on sending is refused. */
  close(): void;
}

/**
 * What code in the agent's own thread tells the hub with. A refusal has the stack of whoever sent: if nobody catches it,
 * it must be seen whose it is, or the agent would end as if the fault were its own (commands/process/uncaught.ts).
 */
export function telemetryHere(plugin: string, telemetry: Telemetry): TelemetryHere {
  let isClosed = false;

  async function send(body: unknown, options?: TelemetryOptions): Promise<{ readonly messageId: string }> {
    const caller: { stack?: string } = {};
    Error.captureStackTrace(caller, send);
    try {
      if (isClosed) throw new HubhandError("AGENT_STOPPING", `plugin "${plugin}" is stopped`);
      return await telemetry.send(body, options);
    } catch (error) {
      const refusal = isHubhandError(error)
        ? new HubhandError(error.code, error.message, { details: error.details })
        : new HubhandError("INTERNAL", messageOf(error), { cause: error });
      const [, ...frames] = caller.stack?.split("\n") ?? [];
      refusal.stack = [`${refusal.name}: ${refusal.message}`, ...frames].join("\n");
      throw refusal;
    }
  }

  return {
    telemetry: { send },
    close() {
      isClosed = true;
    },
  };
}
