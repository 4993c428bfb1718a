import path from "node:path";
import { systemClock } from "../../clock.ts";
import type { LoadedConfig } from "../../config/index.ts";
import { SECOND } from "../../durations.ts";
import { HubhandError } from "../../errors.ts";
import type { Logger } from "../../events/logger.ts";
import type { Identity } from "../../link/identity.ts";
import { createOutbox } from "../../messages/outbox/create-outbox.ts";
import type { KeptMessage, Outbox } from "../../messages/outbox/outbox.ts";
import { createTelemetry, type TelemetryMaker } from "../../messages/sending/create-telemetry.ts";
import type { SendingSession } from "../../messages/sending/round.ts";
import { createSender, type Sender } from "../../messages/sending/sender.ts";
import type { Telemetry } from "../../messages/telemetry.ts";
import type { PartHealth } from "../../observe/health.ts";
import type { Metrics } from "../../observe/metrics/metrics.ts";
import { modelNameOf } from "../../rules/model-name.ts";
import type { OwnState } from "../own-state.ts";

/** How long the hub may still acknowledge what is on its way when the agent stops: what it does not is sent again. */
const SETTLE_LIMIT_MS = SECOND;

export interface OutgoingMessagesOptions {
  readonly config: LoadedConfig["values"];
  readonly own: OwnState;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

/** A session that can say which component of the device's model a message is of. */
interface NamingSession extends SendingSession {
  sendMessage(message: KeptMessage & { readonly component?: string }): Promise<void>;
  readonly identity: Pick<Identity, "hostName" | "deviceId" | "moduleId">;
}

/** All that tells the hub something: what plugins hold of it, what keeps it, and what sends it. */
export interface OutgoingMessages {
  /** Takes up what earlier runs have left. Nothing is sent, and nothing can be, before that. */
  open(): Promise<void>;
  telemetryFor(plugin: string): Telemetry;
  /** Sends on this session from now on. */
  use(session: NamingSession): void;
  health(): PartHealth;
  /** Before the link is closed: lets the hub acknowledge what is on its way. */
  settle(): Promise<void>;
  /** When nobody sends any more: what is only in memory goes to disk. */
  close(): Promise<void>;
}

export function outgoingMessages(options: OutgoingMessagesOptions): OutgoingMessages {
  const { config, own, metrics, logger } = options;
  const settings = config.messages.outbox;
  const clock = systemClock;
  let opened: { outbox: Outbox; sender: Sender; telemetry: TelemetryMaker } | undefined;

  function parts() {
    if (opened === undefined) throw new HubhandError("INTERNAL", "the outbox is used before it is open");
    return opened;
  }

  return {
    async open() {
      await own.tellOfOthers();
      const directory = path.join(own.directory, "outbox");
      const outbox = await createOutbox({ ...settings, directory, bounds: settings, metrics, logger, clock });
      const sender = createSender({ ...settings, outbox, metrics, logger, clock, random: Math.random });
      opened = { outbox, sender, telemetry: createTelemetry({ ...settings, outbox, metrics, clock }) };
    },
    telemetryFor(plugin) {
      let telemetry: Telemetry | undefined;
      return {
        send(body, options) {
          telemetry ??= parts().telemetry.forPlugin(plugin);
          return telemetry.send(body, options);
        },
      };
    },
    use(session) {
      if (own.isOf(session.identity))
        return parts().sender.use(config.twin.modelId === null ? session : naming(session));
      logger.error(
        { event: "outbox.other-device", device: session.identity.deviceId },
        "the connection string names another device since the start: messages are kept, and not sent as that one. Restart the agent to become it",
      );
    },
    health() {
      if (opened === undefined) return { ready: false, problem: "the outbox is being opened" };
      const status = opened.outbox.status();
      return { ready: status.onDisk, ...status };
    },
    settle: () => parts().sender.settle(SETTLE_LIMIT_MS),
    close: () => parts().outbox.close(),
  };
}

/**
 * The same session; each message says which component of the device's model it is of: the plugin that sent it
 * (learn.microsoft.com, "IoT Plug and Play conventions", on telemetry).
 */
function naming(session: NamingSession): SendingSession {
  return {
    ended: session.ended,
    check: () => session.check(),
    sendMessage: (message) => {
      const component = modelNameOf(message.stream.slice(0, message.stream.indexOf("/")));
      return session.sendMessage({ ...message, component });
    },
  };
}
