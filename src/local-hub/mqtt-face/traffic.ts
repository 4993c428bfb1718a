import type { Client, PublishPacket } from "aedes";
import { whoIs } from "../client-id.ts";
import type { LogEvent } from "../events.ts";
import type { IncomingMessage } from "../messages/device-message.ts";
import type { MethodReply } from "../method-calls.ts";
import { isWill } from "./aedes-internals.ts";
import type { Credential } from "./authentication.ts";
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
  publish(client, methodRequestTopic(request), request.payload);
}

/** To this one client, never through the topic tree: every device subscribes to the same method filter. */
export function publish(client: Client, topic: string, payload: string): void {
  const packet = { cmd: "publish", topic, payload, qos: 0, retain: false, dup: false } as const;
  // aedes calls this back without checking that it is there.
  client.publish(packet, () => {});
}
