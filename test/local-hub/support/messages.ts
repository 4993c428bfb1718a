import { request } from "node:https";
import type { Client as DeviceClient, Message } from "azure-iot-device";
import { onTestFinished } from "vitest";
import type { LocalHub } from "../../../src/local-hub/index.ts";
import { connectDevice } from "./clients.ts";
import { atHub, ownerToken } from "./rest.ts";

const LIMIT_MS = 15_000;

/** Things that come one after another, to be waited for. */
export interface Inbox<Thing> {
  push(thing: Thing): void;
  /** The next that was not taken yet. */
  next(): Promise<Thing>;
  /** What is there and was not taken. */
  readonly rest: readonly Thing[];
}

export function createInbox<Thing>(): Inbox<Thing> {
  const rest: Thing[] = [];
  let wake = () => {};
  return {
    rest,
    push(thing) {
      rest.push(thing);
      wake();
    },
    async next() {
      if (rest.length === 0) {
        const { promise, resolve, reject } = Promise.withResolvers<void>();
        wake = resolve;
        const timer = setTimeout(() => reject(new Error("nothing came")), LIMIT_MS);
        await promise.finally(() => clearTimeout(timer));
      }
      return rest.shift() as Thing;
    },
  };
}

/** Microsoft's device client, unmodified, subscribed to its messages; it ends with the test unless it has before. */
export async function connectReceiver(options: {
  hub: LocalHub;
  deviceId: string;
}): Promise<{ client: DeviceClient; inbox: Inbox<Message> }> {
  const client = await connectDevice(options);
  const inbox = createInbox<Message>();
  client.on("message", (message: Message) => {
    inbox.push(message);
    // Over MQTT it does nothing: the SDK has acknowledged by itself.
    void client.complete(message);
  });
  onTestFinished(async () => {
    await client.close();
  });
  return { client, inbox };
}

/** A reader of one of the hub's event streams. */
export interface StreamReader {
  next(): Promise<{ id: string; data: Record<string, unknown> }>;
  readonly contentType: string | undefined;
  end(): void;
}

/** Resolves once the hub says that it listens. */
export function readStream(
  hub: LocalHub,
  path: string,
  headers: Record<string, string> = {},
): Promise<StreamReader> {
  return new Promise((resolve, reject) => {
    const inbox = createInbox<{ id: string; data: Record<string, unknown> }>();
    const sent = request(
      {
        ...atHub(hub),
        path,
        headers: { authorization: ownerToken(hub), ...headers },
      },
      (response) => {
        let text = "";
        response.on("error", () => {});
        response.on("data", (chunk: Buffer) => {
          text += chunk.toString();
          const blocks = text.split("\n\n");
          text = blocks.pop() ?? "";
          for (const block of blocks) {
            if (block.startsWith(":")) resolve(reader);
            const id = /^id: (.*)$/m.exec(block)?.[1];
            const data = /^data: (.*)$/m.exec(block)?.[1];
            if (id !== undefined && data !== undefined) inbox.push({ id, data: JSON.parse(data) });
          }
        });
        const contentType = response.headers["content-type"];
        const reader = { next: inbox.next, contentType, end: () => void sent.destroy() };
      },
    );
    sent.on("error", reject);
    sent.end();
    onTestFinished(() => void sent.destroy());
  });
}
