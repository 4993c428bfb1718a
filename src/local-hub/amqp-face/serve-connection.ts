import type { AmqpError, Delivery, EventContext, Message, Receiver, Sender } from "rhea";
import rhea from "rhea";
import { messageOf } from "../../errors.ts";
import { END_REASONS, type LogEvent } from "../events.ts";
import { HubError } from "../hub-error.ts";
import { remoteOf } from "../listen.ts";
import type { MessageCentre } from "../messages/index.ts";
import type { MqttStream } from "../web-sockets.ts";
import { NO_SUCH_NODE, toAmqpError, UNAUTHORIZED } from "./amqp-errors.ts";
import { type ClaimsContext, createClaims } from "./claims.ts";
import { sendFeedback } from "./feedback-link.ts";
import { createServerContainer, onFault, serve } from "./rhea-internals.ts";
import { readSentMessage } from "./sent-message.ts";

/** The nodes of the service that this hub has, in lower case: the SDKs do not agree on capitals. */
const CBS = "$cbs";
const DEVICEBOUND = "messages/devicebound";
const FEEDBACK = "messages/servicebound/feedback";

/** How long a client may take to show a token, in milliseconds, and how many bytes it may send until then. */
const CLAIM_MS = 20_000;
const CLAIM_BYTES = 64 * 1024;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export interface AmqpContext extends ClaimsContext {
  messages: Pick<MessageCentre, "enqueue" | "feedbackQueue">;
  log: LogEvent;
}

/**
 * Serves a back end that speaks AMQP 1.0: tokens by SASL PLAIN or to the node `$cbs` (OASIS, "AMQP Claims-based Security"),
 * cloud-to-device messages, and feedback.
 */
export function serveConnection({ stream, socket }: MqttStream, context: AmqpContext): void {
  const { messages, log, now } = context;
  const claims = createClaims(context);
  const remote = remoteOf(socket);
  const hubName = context.hostNames[0] ?? "localhost";
  const feedbackLinks = new Map<Sender, { end(): void }>();
  let timer = setTimeout(() => end("it showed no token"), CLAIM_MS);

  const container = createServerContainer({ id: hubName, checkPlain });
  onFault(container, (error) => end(messageOf(error)));
  container.on("receiver_open", receiverOpen);
  container.on("sender_open", senderOpen);
  container.on("message", received);
  container.on("sender_close", ({ sender }: EventContext) => sender && feedbackEnded(sender));
  const connection = serve(container, stream, remote);
  let bytesBefore = 0;
  stream.on("data", (chunk: Buffer) => {
    if (claims.goodUntil !== undefined) return;
    bytesBefore += chunk.length;
    if (bytesBefore > CLAIM_BYTES) end("it sent much before it showed a token");
  });
  stream.once("close", () => {
    clearTimeout(timer);
    for (const sender of feedbackLinks.keys()) feedbackEnded(sender);
  });

  function end(reason: string): void {
    if (stream.destroyed) return;
    log({ event: "connection-error", face: "amqp", remote, reason });
    stream.destroy();
  }

  function endAtExpiry(): void {
    clearTimeout(timer);
    const left = (claims.goodUntil ?? 0) - now();
    // Without a closing frame: azure-iothub takes 45 seconds to get over one, and none to get over a lost connection.
    if (left <= 0) end(END_REASONS.TOKEN_EXPIRED);
    else timer = setTimeout(endAtExpiry, Math.min(left, LONGEST_TIMER_MS));
  }

  /** Why the token does not count, if it does not. */
  function show(token: string): AmqpError | undefined {
    try {
      claims.put(token);
    } catch (error) {
      log({ event: "refused", face: "amqp", remote, reason: messageOf(error) });
      return toAmqpError(error);
    }
    endAtExpiry();
    return undefined;
  }

  /** The user is `{policy}@sas.root.{hub}`; the token itself says which policy, so only it counts. */
  function checkPlain(_userName: string, password: string): boolean {
    if (show(password) === undefined) return true;
    // Once the outcome is out.
    setImmediate(() => stream.end());
    return false;
  }

  function receiverOpen({ receiver }: EventContext): void {
    if (receiver === undefined) return;
    const address = nodeOf(receiver.target);
    receiver.set_target({ address: receiver.target?.address } as never);
    if (address === CBS) return;
    if (address !== DEVICEBOUND) receiver.close(NO_SUCH_NODE);
    else if (!claims.allow(address)) receiver.close(UNAUTHORIZED);
  }

  function senderOpen({ sender }: EventContext): void {
    if (sender === undefined) return;
    const address = nodeOf(sender.source);
    sender.set_source({ address: sender.source?.address } as never);
    if (address === CBS) return;
    if (address !== FEEDBACK) sender.close(NO_SUCH_NODE);
    else if (!claims.allow(address)) sender.close(UNAUTHORIZED);
    else feedbackLinks.set(sender, sendFeedback(sender, { queue: messages.feedbackQueue, hubName, now }));
  }

  function feedbackEnded(sender: Sender): void {
    feedbackLinks.get(sender)?.end();
    feedbackLinks.delete(sender);
  }

  function received({ receiver, delivery, message }: EventContext): void {
    if (receiver === undefined || delivery === undefined || message === undefined) return;
    if (nodeOf(receiver.target) === CBS) takeToken(message, delivery);
    else takeMessage(message, delivery);
  }

  function takeToken(message: Message, delivery: Delivery): void {
    delivery.accept();
    const error = show(tokenIn(message.body));
    const answers = connection.find_sender(
      (link: Sender | Receiver) => nodeOf((link as Sender).source) === CBS,
    );
    answers?.send({
      to: message.reply_to,
      correlation_id: message.message_id,
      application_properties: {
        "status-code": rhea.types.wrap_int(error ? 401 : 200),
        "status-description": error ? String(error.description) : "OK",
      },
      body: rhea.message.data_section(Buffer.alloc(0)),
    } as Message);
  }

  function takeMessage(message: Message, delivery: Delivery): void {
    try {
      if (!claims.allow(DEVICEBOUND))
        throw new HubError("IotHubUnauthorized", String(UNAUTHORIZED.description));
      const sent = readSentMessage(message, rhea.uuid_to_string);
      messages.enqueue(sent.deviceId, sent.message);
      delivery.accept();
    } catch (error) {
      delivery.reject(toAmqpError(error));
    }
  }
}

function nodeOf(terminus: { address?: unknown } | undefined): string {
  return String(terminus?.address ?? "")
    .replace(/^(?:amqps?:\/\/[^/]*)?\//, "")
    .toLowerCase();
}

/** azure-iothub sends it as a value that is text; data is as good. */
function tokenIn(body: unknown): string {
  const content = (body as { content?: unknown } | null)?.content ?? body;
  return typeof content === "string" || content instanceof Buffer ? content.toString() : "";
}
