import { randomUUID } from "node:crypto";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer, type TLSSocket } from "node:tls";
import mqttPacket, { type Packet } from "mqtt-packet";
import { createServerCertificate, openAuthority } from "../../src/local-hub/credentials/certificates.ts";

/** What a faulty hub does with each kind of packet; what is left out it does right. */
export interface Faults {
  /** A CONNACK return code, or nothing at all. */
  connect?: number | "silence" | "hang-up";
  subscribe?: number | "silence" | "hang-up";
  ping?: "silence";
  /** Messages of QoS 1 are not acknowledged, unless `acknowledgeAll` is called. */
  puback?: "silence";
  /** Filters that begin so are refused. */
  refuse?: string;
  /** Sent in one segment with the SUBACK. */
  callWithSuback?: { topic: string; payload: string };
}

export interface FaultyHub {
  readonly port: number;
  readonly ca: string;
  readonly connectionString: string;
  readonly faults: Faults;
  /** Every connection's packets, by kind. */
  readonly received: string[];
  /** Told the topic of each message that a device publishes. */
  onPublish?: (topic: string) => void;
  /** The packet ids of the messages that a device has acknowledged. */
  readonly acknowledged: number[];
  /** Connections that are open now. */
  readonly open: Set<TLSSocket>;
  /** Resolves when a packet of that kind has come. */
  packet(kind: string): Promise<void>;
  /** Publishes to every device that is connected; with a packet id at QoS 1. */
  publish(topic: string, payload: string, packetId?: number): void;
  /** Sends every PUBACK that was kept back. */
  acknowledgeAll(): void;
  /** Calls a direct method on every device that is connected; resolves with the first reply. */
  call(methodName: string, payload: unknown): Promise<{ status: number; payload: unknown }>;
  stop(): Promise<void>;
}

/** A hub that speaks MQTT over TLS on real sockets, and gets wrong what it is told to. */
export async function startFaultyHub(faults: Faults = {}): Promise<FaultyHub> {
  const now = Date.now();
  const authority = await openAuthority({ directory: undefined, now });
  const { certificate, privateKey } = await createServerCertificate({
    authority,
    hostNames: ["localhost"],
    now,
  });
  const open = new Set<TLSSocket>();
  const received: string[] = [];
  const acknowledged: number[] = [];
  const keptBack: (() => void)[] = [];
  const waiting: { kind: string; resolve: () => void }[] = [];
  const calls = new Map<string, (reply: { status: number; payload: unknown }) => void>();

  const server = createServer({ cert: certificate, key: privateKey }, (socket) => {
    open.add(socket);
    socket.on("close", () => open.delete(socket));
    socket.on("error", () => {});
    const parser = mqttPacket.parser();
    parser.on("packet", (packet) => {
      received.push(packet.cmd);
      for (const wait of waiting) if (wait.kind === packet.cmd) wait.resolve();
      if (packet.cmd === "publish") take(packet.topic, packet.payload);
      answer(socket, packet);
    });
    socket.on("data", (data) => parser.parse(data));
  });

  function acknowledge(socket: TLSSocket, packet: Packet & { cmd: "subscribe" }, granted: number): void {
    const { messageId = 1, subscriptions } = packet;
    const isRefused = (filter: string) => faults.refuse !== undefined && filter.startsWith(faults.refuse);
    const all = subscriptions.map(({ topic }) => (isRefused(topic) ? 128 : granted));
    const suback = mqttPacket.generate({ cmd: "suback", messageId, granted: all });
    const call = faults.callWithSuback;
    const more =
      call === undefined
        ? []
        : [mqttPacket.generate({ cmd: "publish", ...call, qos: 0, dup: false, retain: false })];
    socket.write(Buffer.concat([suback, ...more]));
  }

  function take(topic: string, payload: string | Buffer): void {
    hub.onPublish?.(topic);
    const [, status, requestId = ""] = /^\$iothub\/methods\/res\/(\d+)\/\?\$rid=(.+)$/.exec(topic) ?? [];
    calls.get(requestId)?.({ status: Number(status), payload: JSON.parse(payload.toString()) });
  }

  function publish(topic: string, payload: string, packetId?: number): void {
    const message = mqttPacket.generate({
      cmd: "publish",
      topic,
      payload,
      qos: packetId === undefined ? 0 : 1,
      ...(packetId === undefined ? {} : { messageId: packetId }),
      dup: false,
      retain: false,
    });
    for (const socket of open) socket.write(message);
  }

  function answer(socket: TLSSocket, packet: Packet): void {
    const send = (reply: Packet) => socket.write(mqttPacket.generate(reply));
    const fault =
      packet.cmd === "connect" ? faults.connect : packet.cmd === "subscribe" ? faults.subscribe : undefined;
    if (fault === "silence" || (packet.cmd === "pingreq" && faults.ping === "silence")) return;
    if (fault === "hang-up") socket.destroy();
    else if (packet.cmd === "connect")
      send({ cmd: "connack", returnCode: fault ?? 0, sessionPresent: false });
    else if (packet.cmd === "subscribe") acknowledge(socket, packet, fault ?? 0);
    else if (packet.cmd === "publish" && packet.qos === 1) {
      const puback = () => send({ cmd: "puback", messageId: packet.messageId ?? 1 });
      if (faults.puback === undefined) puback();
      else keptBack.push(puback);
    } else if (packet.cmd === "puback") acknowledged.push(packet.messageId ?? 0);
    else if (packet.cmd === "pingreq") send({ cmd: "pingresp" });
    else if (packet.cmd === "disconnect") socket.end();
  }

  server.on("tlsClientError", () => {});
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const hub: FaultyHub = {
    port,
    ca: authority.certificate,
    connectionString: `HostName=localhost:${port};DeviceId=pi-1;SharedAccessKey=${Buffer.alloc(32, 1).toString("base64")}`,
    faults,
    received,
    acknowledged,
    open,
    packet: (kind) => new Promise((resolve) => waiting.push({ kind, resolve })),
    publish,
    acknowledgeAll() {
      for (const puback of keptBack.splice(0)) puback();
    },
    call(methodName, payload) {
      const requestId = randomUUID();
      return new Promise((resolve) => {
        calls.set(requestId, resolve);
        publish(`$iothub/methods/POST/${methodName}/?$rid=${requestId}`, JSON.stringify(payload));
      });
    },
    async stop() {
      if (!server.listening) return;
      const closed = once(server, "close");
      server.close();
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
  return hub;
}
