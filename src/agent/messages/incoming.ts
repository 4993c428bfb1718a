import { existsSync } from "node:fs";
import { systemClock } from "../../clock.ts";
import type { LoadedConfig } from "../../config/index.ts";
import { MINUTE } from "../../durations.ts";
import { messageOf } from "../../errors.ts";
import type { Logger } from "../../events/logger.ts";
import type { CloudMessage } from "../../messages/inbox/cloud-message.ts";
import { createInbox, type Inbox } from "../../messages/inbox/inbox.ts";
import type { Session } from "../../messages/inbox/receipts.ts";
import { createHandlerRegistry, type HandlerRegistry } from "../../messages/inbox/registry.ts";
import { createInboxStore, inboxFile } from "../../messages/inbox/store/store.ts";
import type { PartHealth } from "../../observe/health.ts";
import type { Metrics } from "../../observe/metrics/metrics.ts";
import type { PluginSet } from "../../plugins/plugin-set.ts";

/** A hub that refuses the subscription is asked again after this time. */
const LISTEN_AGAIN_MS = MINUTE;

/** A session, as far as messages from the hub are concerned. */
export interface ListeningSession extends Session {
  listen(to: "messages"): Promise<void>;
}

export interface IncomingMessagesOptions {
  readonly config: Pick<LoadedConfig["values"], "messages">;
  /** Where messages are kept that the device was told to keep. */
  readonly directory: string;
  plugins(): Pick<PluginSet, "starting" | "status" | "folderProblem">;
  /** Whether plugins are being loaded for the first time. */
  isLoading(): boolean;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

/** All that takes messages from the hub: which handlers there are, and what brings messages to them. */
export interface IncomingMessages extends Pick<Inbox, "open" | "pluginsSettled" | "drain"> {
  readonly registry: HandlerRegistry;
  receive(message: CloudMessage, acknowledge: () => void, session: Session): void;
  /** Listens on this session from now on, as soon as there is a handler. */
  use(session: ListeningSession): void;
  health(): PartHealth;
}

export function incomingMessages(options: IncomingMessagesOptions): IncomingMessages {
  const { config, metrics, logger } = options;
  const { store, property, attempts } = config.messages.inbox;
  const clock = systemClock;
  const registry = createHandlerRegistry();
  // Switched off: what it has left is handled all the same.
  const hasStore = store || existsSync(inboxFile(options.directory));
  const inbox = createInbox({
    registry,
    property,
    attempts,
    keepsOnDisk: store,
    ...(hasStore
      ? {
          createStore: (given) => createInboxStore({ ...given, directory: options.directory, logger, clock }),
        }
      : {}),
    plugins: howPluginsAre,
    metrics,
    logger,
    clock,
    random: Math.random,
  });
  let current: ListeningSession | undefined;
  let listening: ListeningSession | undefined;
  let problem: string | undefined;
  let isOver = false;
  registry.onChange(listen);

  function howPluginsAre(): "there" | "starting" | "broken" {
    const { starting, status, folderProblem } = options.plugins();
    if (options.isLoading() || starting().length > 0) return "starting";
    return folderProblem !== undefined || status().some(({ up }) => !up) ? "broken" : "there";
  }

  /** What nobody here takes stays in the hub. */
  function listen(): void {
    const session = current;
    if (session === undefined || session === listening || isOver || registry.list().length === 0) return;
    listening = session;
    session.listen("messages").then(
      () => {
        if (session === current) problem = undefined;
      },
      (error: unknown) => {
        if (session !== current || isOver) return;
        problem = messageOf(error);
        logger.warn({ event: "inbox.not-subscribed" }, `the hub sends no messages: ${problem}`);
        const cancel = clock.setTimer(LISTEN_AGAIN_MS, () => {
          if (listening === session) listening = undefined;
          listen();
        });
        void session.ended.then(cancel, cancel);
      },
    );
  }

  return {
    registry,
    open: inbox.open,
    pluginsSettled: inbox.pluginsSettled,
    receive: inbox.receive,
    use(session) {
      current = session;
      void session.ended.then(() => {
        if (current === session) current = undefined;
      });
      listen();
    },
    health() {
      const { waiting, store: disk } = inbox.status();
      const ready = problem === undefined && disk?.onDisk !== false;
      return {
        ready,
        waiting,
        ...(problem === undefined ? {} : { problem }),
        ...(disk === undefined ? {} : { store: disk }),
      };
    },
    async drain(milliseconds) {
      isOver = true;
      await inbox.drain(milliseconds);
    },
  };
}
