import type { CloudMessage } from "../../../src/messages/inbox/cloud-message.ts";
import type { Delivery, MessageHandler } from "../../../src/messages/inbox/handler.ts";
import { createInbox, type Inbox } from "../../../src/messages/inbox/inbox.ts";
import type { Session } from "../../../src/messages/inbox/receipts.ts";
import { createHandlerRegistry, type HandlerRegistry } from "../../../src/messages/inbox/registry.ts";
import { createInboxStore } from "../../../src/messages/inbox/store/store.ts";
import { createMetrics } from "../../../src/observe/metrics/metrics.ts";
import { createLogBook } from "../../support/agent/log-lines.ts";
import { sample } from "../../support/prometheus/samples.ts";
import { createFakeClock } from "../../support/time/fake-clock.ts";

export interface InboxBench {
  readonly inbox: Inbox;
  readonly registry: HandlerRegistry;
  readonly clock: ReturnType<typeof createFakeClock>;
  readonly log: Awaited<ReturnType<typeof createLogBook>>;
  /** Of the messages, their texts, in the order in which the hub was told that they have arrived. */
  readonly acknowledged: string[];
  /** How the plugins are. */
  plugins: "there" | "starting" | "broken";
  handle(name: string, handle: (delivery: Delivery) => unknown, limits?: Partial<MessageHandler>): void;
  /** A message from the hub. */
  deliver(body: string, given?: Partial<CloudMessage> & { session?: Session }): void;
  count(outcome: string): Promise<number | undefined>;
}

export interface InboxBenchOptions {
  readonly attempts?: number;
  /** Where messages are kept; in memory if left out. */
  readonly directory?: string;
  /** Whether new ones are kept there too. */
  readonly keepsOnDisk?: boolean;
}

/** An inbox whose time passes when the test says so. */
export async function createInboxBench({
  attempts = 3,
  directory,
  keepsOnDisk = true,
}: InboxBenchOptions = {}): Promise<InboxBench> {
  const clock = createFakeClock();
  const log = await createLogBook();
  const { logger } = log;
  const metrics = createMetrics({ version: "1", node: "24", commit: "c" });
  const registry = createHandlerRegistry({ clock });
  const inbox = createInbox({
    registry,
    property: "type",
    attempts,
    ...(directory === undefined
      ? {}
      : { createStore: (given) => createInboxStore({ ...given, directory, logger, clock }) }),
    keepsOnDisk,
    plugins: () => bench.plugins,
    metrics,
    logger,
    clock,
    random: () => 0.5,
  });
  const bench: InboxBench = {
    inbox,
    registry,
    clock,
    log,
    acknowledged: [],
    plugins: "there",
    handle(name, handle, limits = {}) {
      registry.replace(`plugin-of-${name}`, [
        { name, plugin: `plugin-of-${name}`, timeout: 30_000, concurrency: 1, queue: 50, ...limits, handle },
      ]);
    },
    deliver(body, { session = FIRST_SESSION, ...given } = {}) {
      inbox.receive(cloudMessage(body, given), () => bench.acknowledged.push(body), session);
    },
    count: (outcome) =>
      sample(metrics.registry, "hubhand_messages_total", { direction: "cloud_to_device", outcome }),
  };
  await inbox.open();
  return bench;
}

const FIRST_SESSION: Session = { ended: new Promise(() => {}) };

export function cloudMessage(body: string | Uint8Array, given: Partial<CloudMessage> = {}): CloudMessage {
  return {
    messageId: undefined,
    correlationId: undefined,
    contentType: undefined,
    contentEncoding: undefined,
    properties: {},
    input: undefined,
    body: Buffer.from(body),
    ...given,
  };
}

/** Lets what is due without any time passing happen. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
