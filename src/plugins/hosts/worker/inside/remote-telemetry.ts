import { HubhandError, messageOf } from "../../../../errors.ts";
import { encodeBody, invalid } from "../../../../messages/sending/message-body.ts";
import type { Telemetry, TelemetryOptions } from "../../../../messages/telemetry.ts";
import { MOST_MESSAGE_BYTES } from "../../../../rules/message-rules.ts";
import { MEBIBYTE } from "../../../../sizes.ts";
import { createWindow, LONGEST_MESSAGE } from "../../message-window.ts";
import type { FromPlugin, ToPlugin } from "../protocol.ts";

/** What may wait here for its turn, in characters; beyond that a loop that does not await what it sends is told so. */
const MOST_WAITING = 16 * MEBIBYTE;
/** What a waiting message takes besides its text, about. */
const COST = 512;

type Message = Extract<FromPlugin, { readonly type: "telemetry" }>;
type Answer = Extract<ToPlugin, { readonly type: "telemetry-kept" | "telemetry-refused" }>;

interface Sent extends PromiseWithResolvers<{ readonly messageId: string }> {
  readonly message: Message;
  readonly length: number;
}

/** What a plugin knows as `telemetry`: the agent keeps the messages, and no more of them are on their way to it than it takes. */
export interface RemoteTelemetry extends Telemetry {
  answer(message: Answer): void;
}

export function createRemoteTelemetry(post: (message: FromPlugin) => void): RemoteTelemetry {
  const window = createWindow();
  const waiting = new Map<number, Sent>();
  const open = new Map<number, Sent>();
  let waitingLength = 0;
  let lastId = 0;

  function postNext(): void {
    for (const [id, sent] of waiting) {
      if (!window.hasRoomFor(sent.length)) return;
      waiting.delete(id);
      waitingLength -= sent.length + COST;
      window.enter(sent.length);
      open.set(id, sent);
      post(sent.message);
    }
  }

  return {
    // All that may throw is done at once, with the values as they are now.
    async send(body, options) {
      lastId += 1;
      const message = written(lastId, body, options);
      const length = message.body.length + message.options.length;
      if (waitingLength + length > MOST_WAITING)
        throw new HubhandError(
          "OUTBOX_FULL",
          `${waiting.size} messages wait for their turn already; await what telemetry.send returns before you send more`,
        );
      const sent: Sent = { message, length, ...Promise.withResolvers<{ messageId: string }>() };
      waiting.set(message.id, sent);
      waitingLength += length + COST;
      postNext();
      return sent.promise;
    },
    answer(message) {
      const sent = open.get(message.id);
      if (sent === undefined) return;
      open.delete(message.id);
      window.leave(sent.length);
      if (message.type === "telemetry-kept") sent.resolve({ messageId: message.messageId });
      else sent.reject(new HubhandError(message.code, message.message));
      postNext();
    },
  };
}

function written(id: number, given: unknown, options: TelemetryOptions | undefined): Message {
  const { bytes, contentType, contentEncoding } = encodeBody(given, options ?? {});
  const message: Message = {
    type: "telemetry",
    id,
    body: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("base64"),
    options: optionsText({ ...options, contentType, contentEncoding }),
  };
  if (message.body.length + message.options.length <= LONGEST_MESSAGE) return message;
  // The agent would say so as well, of those that come near what the hub takes.
  throw new HubhandError(
    "MESSAGE_TOO_LARGE",
    `the message is not sent: its body has ${bytes.length} bytes; the hub takes ${MOST_MESSAGE_BYTES} with its properties`,
  );
}

function optionsText(options: object): string {
  try {
    return JSON.stringify(options);
  } catch (error) {
    throw invalid(`its options cannot be written as JSON: ${messageOf(error).split("\n", 1)[0]}`);
  }
}
