import type { Duplex } from "node:stream";
import { generate, type IPublishPacket, type Packet, parser } from "mqtt-packet";
import { createSplitter, readReply } from "./packets.ts";

const METHODS_FILTER = "$iothub/methods/POST/#";
const TWIN_GET = /^\$iothub\/twin\/GET\/\?\$rid=(.+)$/;
const TWIN_PATCH = /^\$iothub\/twin\/PATCH\/properties\/reported\/\?\$rid=(.+)$/;
const EMPTY_TWIN = '{"desired":{"$version":1},"reported":{"$version":1}}';
/** The first byte of a PUBLISH with QoS 0, neither a duplicate nor to be retained: replies are that. */
const PLAIN_PUBLISH = 0x30;

/** What a device's connection tells the hub. */
export interface ConnectionEvents {
  /** Who it is, as its CONNECT says. */
  onLogin(deviceId: string): void;
  /** It has subscribed to direct methods, and its SUBACK is on the way. */
  onSubscribed(): void;
  onReply(requestId: number, status: number): void;
}

/** Serves a device on a connection that is secured: as much of an IoT Hub as its calls need, and nothing that costs time. */
export function serveDevice(socket: Duplex, events: ConnectionEvents): void {
  const incoming = parser({ protocolVersion: 4 });
  let reportedVersion = 1;

  const send = (packet: Packet): void => {
    socket.write(generate(packet));
  };

  function takePublish({ topic, qos, messageId }: IPublishPacket): void {
    if (qos === 1 && messageId !== undefined) send({ cmd: "puback", messageId });
    const get = TWIN_GET.exec(topic);
    if (get !== null) send(publish(`$iothub/twin/res/200/?$rid=${get[1]}`, EMPTY_TWIN));
    const patch = TWIN_PATCH.exec(topic);
    if (patch !== null) {
      reportedVersion += 1;
      send(publish(`$iothub/twin/res/204/?$rid=${patch[1]}&$version=${reportedVersion}`, ""));
    }
  }

  incoming.on("packet", (packet) => {
    switch (packet.cmd) {
      case "connect":
        events.onLogin(packet.clientId);
        send({ cmd: "connack", returnCode: 0, sessionPresent: false });
        break;
      case "subscribe":
        send({
          cmd: "suback",
          messageId: packet.messageId ?? 0,
          granted: packet.subscriptions.map(({ qos }) => qos),
        });
        if (packet.subscriptions.some(({ topic }) => topic === METHODS_FILTER)) events.onSubscribed();
        break;
      case "unsubscribe":
        send({ cmd: "unsuback", messageId: packet.messageId ?? 0, granted: [] });
        break;
      case "publish":
        takePublish(packet);
        break;
      case "pingreq":
        send({ cmd: "pingresp" });
        break;
      default:
        break;
    }
  });
  // Whoever leaves may have written in half.
  incoming.on("error", () => socket.destroy());
  const split = createSplitter((bytes, header, body, end) => {
    const isReply = bytes[header] === PLAIN_PUBLISH && readReply(bytes, body, events.onReply);
    if (!isReply) incoming.parse(bytes.subarray(header, end));
  });
  socket.on("data", split);
  socket.on("error", () => {});
}

const publish = (topic: string, payload: string): IPublishPacket => ({
  cmd: "publish",
  topic,
  payload,
  qos: 0,
  retain: false,
  dup: false,
});
