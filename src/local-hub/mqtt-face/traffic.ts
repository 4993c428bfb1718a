import type { Client, PublishPacket } from "aedes";
import { whoIs } from "../client-id.ts";
import type { LogEvent } from "../events.ts";
import type { IncomingMessage } from "../messages/device-message.ts";
import type { MethodReply } from "../method-calls.ts";
import { isWill } from "./aedes-internals.ts";
import type { Credential } from "./authentication.ts";
import { encodePublish } from "./publish-packet.ts";
import { methodRequestTopic, readPublishTopic } from "./topics.ts";
import type { TwinRequest } from "./twin-requests.ts";

/** A direct method request, on its way to a device or module. */
export interface MethodRequest {
  clientId: string;
  methodName: string;
  requestId: string;
  /** JSON. */
  payload: string;
}

/** What devices say to the hub. */
export function createReceiver(options: {
  log: LogEvent;
  onMethodReply: (reply: MethodReply) => string | undefined;
  onTwinRequest: (client: Client, request: TwinRequest) => void;
  onMessage: (message: IncomingMessage) => void;
  credentialOf: (client: Client) => Credential | undefined;
}): (client: Client, packet: PublishPacket) => void {
  const { log, onMethodReply, onTwinRequest } = options;
  return (client, packet) => {
    const clientId = client.id;
    const meaning = readPublishTopic(packet.topic, clientId);
    const payload = Buffer.from(packet.payload);
    switch (meaning?.kind) {
      case "message":
        log({ event: "message", ...whoIs(clientId), topic: packet.topic, bytes: payload.length });
        options.onMessage({
          clientId,
          properties: meaning.properties,
          body: payload,
          isWill: isWill(client, packet),
          proof: options.credentialOf(client) ?? { kind: "token" },
        });
        return;
      case "method-reply": {
        const { requestId, status } = meaning;
        const reason = onMethodReply({ clientId, requestId, status, payload });
        if (reason !== undefined) log({ event: "reply-ignored", ...whoIs(clientId), requestId, reason });
        return;
      }
      case "twin-read":
        onTwinRequest(client, { requestId: meaning.requestId });
        return;
      case "twin-report": {
        const { kind: _kind, requestId, ...version } = meaning;
        onTwinRequest(client, { requestId, report: { payload, ...version } });
      }
    }
  };
}

export function sendMethodRequest(client: Client, request: MethodRequest): void {
  // At once, and not with the turn: a session that is taken over by then would take the call with it.
  write(client, atMostOnce(methodRequestTopic(request), request.payload));
}

/** What goes to a client at the end of this turn, with QoS 0. */
const leaving = new WeakMap<Client, Buffer[]>();

/**
 * To this one client, never through the topic tree: every device subscribes to the same method filter. Written at the end
 * of the turn, so that the acknowledgement of what it answers is before it; all that one turn has for a client is one
 * write, as each costs more than all else that a packet does.
 */
export function publish(client: Client, topic: string, payload: string): void {
  const packet = atMostOnce(topic, payload);
  const packets = leaving.get(client);
  if (packets !== undefined) {
    packets.push(packet);
    return;
  }
  const started = [packet];
  leaving.set(client, started);
  setImmediate(() => {
    leaving.delete(client);
    write(client, started.length === 1 ? packet : Buffer.concat(started));
  });
}

const atMostOnce = (topic: string, payload: string): Buffer =>
  encodePublish({ topic, payload, qos: 0, packetId: 0, isRepeat: false });

/** One that has gone is written nothing. */
function write(client: Client, bytes: Buffer): void {
  if (!client.closed && !client.conn.destroyed) client.conn.write(bytes);
}
