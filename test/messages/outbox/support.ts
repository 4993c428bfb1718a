import { join } from "node:path";
import { type Clock, systemClock } from "../../../src/clock.ts";
import { createOutbox, type OutboxOptions } from "../../../src/messages/outbox/create-outbox.ts";
import type { KeptMessage, Outbox, OutgoingMessage } from "../../../src/messages/outbox/outbox.ts";
import { createMetrics, type Metrics } from "../../../src/observe/metrics/metrics.ts";
import { createLogBook, type LogBook } from "../../support/agent/log-lines.ts";
import type { CleanUp } from "../../support/clean-up.ts";

export interface Scene {
  readonly outbox: Outbox;
  readonly log: LogBook;
  readonly metrics: Metrics;
  /** The value of a metric without labels, or of one of its labels. */
  metric(name: string, labels?: Record<string, string>): Promise<number>;
}

const HOUR = 3_600_000;

/** An outbox in a folder, which writes at once unless it is told otherwise. */
export async function openOutbox(
  directory: string,
  options: Partial<OutboxOptions> & { clock?: Clock } = {},
): Promise<Scene> {
  const log = await createLogBook();
  const metrics = createMetrics({ version: "0", node: "0", commit: "0" });
  const outbox = await createOutbox({
    directory,
    bounds: { maxMessages: 100_000, maxBytes: 64 * 1024 * 1024 },
    whenFull: "drop-oldest",
    writeDelay: 0,
    metrics,
    logger: log.logger,
    clock: systemClock,
    ...options,
  });
  return {
    outbox,
    log,
    metrics,
    async metric(name, labels = {}) {
      const values = (await metrics.registry.getSingleMetric(name)?.get())?.values ?? [];
      const found = values.find((value) =>
        Object.entries(labels).every(([label, text]) => value.labels[label] === text),
      );
      return found?.value ?? 0;
    },
  };
}

let made = 0;

/** Folders of a test's own, and outboxes in them that are closed at its end. */
export const foldersIn = (cleanUp: CleanUp) => ({
  folderOf: async (): Promise<string> => join(await cleanUp.folder(), "outbox"),
  open: async (folder: string, options: Parameters<typeof openOutbox>[1] = {}): Promise<Scene> => {
    const scene = await openOutbox(folder, options);
    cleanUp.add(() => scene.outbox.close());
    return scene;
  },
});

/** What opens outboxes with these options in a folder of the test's own; `open` opens another on the same. */
export const scenesIn = (cleanUp: CleanUp) => {
  const folders = foldersIn(cleanUp);
  return async (options: Parameters<typeof openOutbox>[1] = {}) => {
    const folder = await folders.folderOf();
    const open = (): Promise<Scene> => folders.open(folder, options);
    return { folder, open, ...(await open()) };
  };
};

/** All errors that it told. */
export const errorsOf = ({ log }: Scene) => log.lines().filter(({ level }) => level === "error");

/** A message that lives an hour, unless it says otherwise. */
export function message(given: Partial<OutgoingMessage> & { text?: string } = {}): OutgoingMessage {
  const { text, ...rest } = given;
  made += 1;
  const createdAt = rest.createdAt ?? Date.now();
  return {
    messageId: text ?? `message-${made}`,
    stream: "plugin/",
    priority: 1,
    body: Buffer.from(text ?? `body ${made}`),
    contentType: "application/json",
    contentEncoding: "utf-8",
    correlationId: undefined,
    output: undefined,
    properties: {},
    createdAt,
    expiresAt: createdAt + HOUR,
    ...rest,
  };
}

export const texts = (messages: readonly KeptMessage[]): string[] =>
  messages.map(({ body }) => Buffer.from(body).toString());

/** Hands over so many, named by their number. */
export function addAll(outbox: Outbox, names: readonly string[], priority: 0 | 1 | 2 = 1): Promise<unknown> {
  return Promise.all(names.map((text) => outbox.add(message({ text, priority }))));
}

/** As the sender does when the hub acknowledges everything at once. */
export function sendAll(outbox: Outbox, fresh?: "only" | "none"): string[] {
  const sent: string[] = [];
  for (;;) {
    const some = outbox.take(8, fresh);
    if (some.length === 0) return sent;
    for (const one of some) {
      sent.push(...texts([one]));
      outbox.delivered(one);
    }
  }
}
