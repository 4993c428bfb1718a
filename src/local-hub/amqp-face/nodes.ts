import type { AmqpError, Container, Delivery, EventContext, Message, Receiver, Sender } from "rhea";
import rhea from "rhea";
import { EVENT_HUB } from "../event-hub-name.ts";
import type { LogEvent } from "../events.ts";
import { HubError } from "../hub-error.ts";
import type { MessageCentre } from "../messages/index.ts";
import { NO_SUCH_NODE, toAmqpError, UNAUTHORIZED } from "./amqp-errors.ts";
import type { Claims } from "./claims.ts";
import { answerManagement, isManagement, isPartition, redirection } from "./event-hub.ts";
import { sendEvents } from "./event-link.ts";
import { readEventPosition } from "./event-position.ts";
import { sendFeedback } from "./feedback-link.ts";
import { hostNameCalled, onceAttached } from "./rhea-internals.ts";
import { readSentMessage } from "./sent-message.ts";

/** Nodes of the service, in lower case: the SDKs do not agree on capitals. */
const CBS = "$cbs";
const DEVICEBOUND = "messages/devicebound";
const FEEDBACK = "messages/servicebound/feedback";

export interface NodesContext {
  messages: Pick<MessageCentre, "enqueue" | "feedbackQueue" | "log">;
  hubName: string;
  /** When the Event Hub was made, in milliseconds since 1970. */
  createdAt: number;
  log: LogEvent;
  now: () => number;
}

/**
 * The nodes that a back end may send to and receive from on one connection: `$cbs` takes its tokens (OASIS, "AMQP
 * Claims-based Security"), and each other one asks them for leave.
 */
export function serveNodes(
  container: Container,
  context: NodesContext & {
    claims: Claims;
    /** Why a token does not count, if it does not. */
    show: (token: string) => AmqpError | undefined;
    /** The port that the back end has come to. */
    port: number;
  },
): { end(): void } {
  const { claims, show, messages, hubName, createdAt, log, now } = context;
  const links = new Map<Sender, { end(): void }>();
  container.on("receiver_open", receiverOpen);
  container.on("sender_open", senderOpen);
  container.on("sender_close", ({ sender }: EventContext) => sender && linkEnded(sender));
  container.on("message", received);

  function receiverOpen({ receiver }: EventContext): void {
    if (receiver === undefined) return;
    const address = nodeOf(receiver.target);
    receiver.set_target({ address: receiver.target?.address } as never);
    if (address === CBS) return;
    if (address !== DEVICEBOUND && !isManagement(address)) receiver.close(NO_SUCH_NODE);
    else refuse(receiver, address);
  }

  function senderOpen({ sender }: EventContext): void {
    if (sender === undefined) return;
    const address = nodeOf(sender.source);
    sender.set_source({ address: sender.source?.address } as never);
    if (address === CBS) return;
    const open = openingOf(address);
    if (open === undefined) sender.close(NO_SUCH_NODE);
    else if (!refuse(sender, address)) start(sender, open);
  }

  /** Ends a link to a node that the back end may not use, or not here; whether it did. */
  function refuse(link: Sender | Receiver, address: string): boolean {
    const scope = scopeOf(address);
    if (!claims.allow(scope)) link.close(UNAUTHORIZED);
    else if (claims.isToBeLedOn(scope)) {
      link.close(
        redirection(scope, { host: hostNameCalled(link.connection) ?? hubName, port: context.port }),
      );
    } else return false;
    return true;
  }

  /** What a back end may read from, and how it is served there. */
  function openingOf(address: string): ((sender: Sender) => { end(): void }) | undefined {
    if (isManagement(address)) return () => ({ end() {} });
    if (address === FEEDBACK) {
      return (sender) => sendFeedback(sender, { queue: messages.feedbackQueue, hubName, now });
    }
    if (!isPartition(address)) return undefined;
    const { log: events } = messages;
    return (sender) =>
      sendEvents(sender, { log: events, position: readEventPosition(selectorOf(sender), events) });
  }

  function start(sender: Sender, open: (sender: Sender) => { end(): void }): void {
    try {
      links.set(sender, open(sender));
    } catch (error) {
      sender.close(toAmqpError(error, log));
    }
  }

  function linkEnded(sender: Sender): void {
    links.get(sender)?.end();
    links.delete(sender);
  }

  function received({ receiver, delivery, message }: EventContext): void {
    if (receiver === undefined || delivery === undefined || message === undefined) return;
    const node = nodeOf(receiver.target);
    if (node === DEVICEBOUND) {
      takeMessage(message, delivery);
      return;
    }
    delivery.accept();
    if (node === CBS) {
      const error = show(tokenIn(message.body));
      const description = String(error?.description ?? "OK");
      answer(receiver, message, { status: error ? 401 : 200, description });
    } else if (claims.allow(scopeOf(node))) {
      const asked = message.application_properties ?? {};
      answer(receiver, message, answerManagement(asked, { log: messages.log, createdAt }));
    } else {
      answer(receiver, message, { status: 401, description: String(UNAUTHORIZED.description) });
    }
  }

  /** By the link of the same session that reads from the node, and leads to where the answer is wanted, if it says so. */
  function answer(receiver: Receiver, request: Message, reply: Reply): void {
    const node = nodeOf(receiver.target);
    const reads = (link: Sender) => nodeOf(link.source) === node;
    const find = (fits: (link: Sender) => boolean) => receiver.session.find_sender(fits as never);
    const link = find((found) => reads(found) && found.target?.address === request.reply_to) ?? find(reads);
    onceAttached(() =>
      link?.send({
        to: request.reply_to,
        correlation_id: request.message_id,
        application_properties: {
          "status-code": rhea.types.wrap_int(reply.status),
          "status-description": reply.description,
        },
        body: reply.body ?? rhea.message.data_section(Buffer.alloc(0)),
      } as Message),
    );
  }

  function takeMessage(message: Message, delivery: Delivery): void {
    try {
      if (!claims.allow(DEVICEBOUND))
        throw new HubError("IotHubUnauthorized", String(UNAUTHORIZED.description));
      const sent = readSentMessage(message, rhea.uuid_to_string);
      messages.enqueue(sent.deviceId, sent.message);
      delivery.accept();
    } catch (error) {
      delivery.reject(toAmqpError(error, log));
    }
  }

  return {
    end() {
      for (const sender of links.keys()) linkEnded(sender);
    },
  };
}

interface Reply {
  status: number;
  description: string;
  body?: Record<string, unknown>;
}

/** What a token must cover for this node. Event Hubs' management is that of the one that the token is for. */
function scopeOf(node: string): string {
  return isManagement(node) ? `${EVENT_HUB}/$management` : node;
}

function selectorOf(sender: Sender): string | undefined {
  const filter = (sender.source as { filter?: Record<string, unknown> | null } | undefined)?.filter ?? {};
  const selector = filter["apache.org:selector-filter:string"];
  if (selector === undefined || selector === null) return undefined;
  return String((selector as { value?: unknown }).value ?? selector);
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
