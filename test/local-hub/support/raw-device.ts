import { once } from "node:events";
import type { Duplex } from "node:stream";
import { type ConnectionOptions, connect } from "node:tls";
import { onTestFinished } from "vitest";
import { createWebSocketStream, WebSocket } from "ws";
import type { LocalHub } from "../../../src/local-hub/index.ts";
import { keyIn, makeToken } from "./token.ts";

/** What the hub sent: the first byte's high half, its low half, and the rest after the length. */
interface Packet {
  type: number;
  flags: number;
  body: Buffer;
}

export interface Publish {
  topic: string;
  payload: string;
}

const TYPE = { connack: 2, publish: 3, puback: 4, suback: 9, unsuback: 11, pingresp: 13 } as const;
const LIMIT_MS = 15_000;

export interface LoginOptions {
  /** Whose devices' keys may be used; not needed with a password. */
  hub?: LocalHub;
  deviceId: string;
  clientId?: string;
  userName?: string;
  password?: string;
  clean?: boolean;
  /** Seconds. */
  keepAlive?: number;
  will?: { topic: string; payload: string };
}

/**
 * MQTT 3.1.1 by hand: for all that the SDK's device client would never send, and to see each answer as it is. It shares
 * no code with the hub or its broker.
 */
export class RawDevice {
  /** Resolves when the hub has closed the connection. */
  readonly closed: Promise<void>;
  readonly #socket: Duplex;
  readonly #received: Packet[] = [];
  #buffer = Buffer.alloc(0);
  #wake = Promise.withResolvers<void>();
  #isClosed = false;

  constructor(socket: Duplex) {
    this.#socket = socket;
    this.closed = new Promise((resolve) => socket.once("close", () => resolve()));
    socket.on("error", () => {});
    socket.on("data", (chunk: Buffer) => this.#take(chunk));
    socket.once("close", () => {
      this.#isClosed = true;
      this.#wake.resolve();
    });
  }

  /** The return code of CONNACK (0 is accepted), and whether the hub had kept the session. */
  async login(options: LoginOptions): Promise<{ returnCode: number; sessionPresent: boolean }> {
    const { hub, deviceId, clean = false, keepAlive = 60, will } = options;
    const password = options.password ?? (hub ? deviceToken({ hub, deviceId }) : "");
    const flags = 0b1100_0000 | (clean ? 0b10 : 0) | (will ? 0b100 : 0);
    this.send(1, 0, [
      text("MQTT"),
      Buffer.from([4, flags, keepAlive >> 8, keepAlive & 0xff]),
      text(options.clientId ?? deviceId),
      ...(will ? [text(will.topic), text(will.payload)] : []),
      text(options.userName ?? `localhost/${deviceId}/?api-version=2021-04-12`),
      text(password),
    ]);
    const { body } = await this.#next(TYPE.connack);
    return { returnCode: body[1] ?? -1, sessionPresent: body[0] === 1 };
  }

  /** The granted QoS of each; 128 is a refusal. */
  async subscribe(filters: ReadonlyArray<{ topic: string; qos?: number }>): Promise<number[]> {
    this.sendSubscribe(filters);
    return [...(await this.#next(TYPE.suback)).body.subarray(2)];
  }

  sendSubscribe(filters: ReadonlyArray<{ topic: string; qos?: number }>): void {
    const entries = filters.flatMap(({ topic, qos = 0 }) => [text(topic), Buffer.from([qos])]);
    this.send(8, 2, [Buffer.from([0, 1]), ...entries]);
  }

  async unsubscribe(filters: readonly string[]): Promise<void> {
    this.send(10, 2, [Buffer.from([0, 2]), ...filters.map(text)]);
    await this.#next(TYPE.unsuback);
  }

  publish(
    topic: string,
    payload: string | Buffer,
    options: { qos?: 0 | 1 | 2; retain?: boolean } = {},
  ): void {
    const { qos = 0, retain = false } = options;
    const id = qos === 0 ? [] : [Buffer.from([0, 7])];
    this.send(3, (qos << 1) | (retain ? 1 : 0), [text(topic), ...id, Buffer.from(payload)]);
  }

  async acknowledged(): Promise<void> {
    await this.#next(TYPE.puback);
  }

  async ping(): Promise<void> {
    this.send(12, 0, []);
    await this.#next(TYPE.pingresp);
  }

  async nextPublish(): Promise<Publish> {
    const { body } = await this.#next(TYPE.publish);
    const length = body.readUInt16BE(0);
    return { topic: body.toString("utf8", 2, 2 + length), payload: body.toString("utf8", 2 + length) };
  }

  /** The next message that is to be acknowledged. */
  async nextMessage(): Promise<Publish & { packetId: number; isRepeat: boolean }> {
    const { body, flags } = await this.#next(TYPE.publish);
    if ((flags & 0b110) !== 0b10) throw new Error("it came with another QoS than 1");
    const end = 2 + body.readUInt16BE(0);
    return {
      topic: body.toString("utf8", 2, end),
      packetId: body.readUInt16BE(end),
      payload: body.toString("utf8", end + 2),
      isRepeat: (flags & 0b1000) !== 0,
    };
  }

  acknowledge(packetId: number): void {
    this.send(TYPE.puback, 0, [Buffer.from([packetId >> 8, packetId & 0xff])]);
  }

  /** How many packets have come that nobody has looked at. */
  unread(): number {
    return this.#received.length;
  }

  /** The next method request, and the way to answer it. */
  async nextCall(): Promise<
    Publish & { requestId: string; reply(status: number, payload: string | Buffer): void }
  > {
    const request = await this.nextPublish();
    const requestId = request.topic.slice(request.topic.indexOf("$rid=") + "$rid=".length);
    const reply = (status: number, payload: string | Buffer) =>
      this.publish(`$iothub/methods/res/${status}/?$rid=${requestId}`, payload);
    return { ...request, requestId, reply };
  }

  send(type: number, flags: number, parts: readonly Buffer[]): void {
    const body = Buffer.concat(parts);
    const length: number[] = [];
    let rest = body.length;
    do {
      length.push((rest % 128) | (rest > 127 ? 128 : 0));
      rest = Math.floor(rest / 128);
    } while (rest > 0);
    this.#socket.write(Buffer.concat([Buffer.from([(type << 4) | flags, ...length]), body]));
  }

  /** Whatever they are. */
  sendBytes(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  /** Says goodbye, and waits for the hub to close. */
  async disconnect(): Promise<void> {
    this.send(14, 0, []);
    await this.closed;
  }

  /** Sends nothing any more; the hub may. */
  end(): void {
    this.#socket.end();
  }

  /** Goes without a word. */
  destroy(): void {
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    this.#buffer = Buffer.concat([this.#buffer, chunk]);
    for (let packet = this.#cut(); packet !== undefined; packet = this.#cut()) this.#received.push(packet);
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }

  #cut(): Packet | undefined {
    let length = 0;
    for (let index = 1; index <= 4; index++) {
      const byte = this.#buffer[index];
      if (byte === undefined) return undefined;
      length += (byte & 0x7f) * 128 ** (index - 1);
      if (byte > 127) continue;
      const start = index + 1;
      if (this.#buffer.length < start + length) return undefined;
      const first = this.#buffer[0] ?? 0;
      const body = this.#buffer.subarray(start, start + length);
      this.#buffer = this.#buffer.subarray(start + length);
      return { type: first >> 4, flags: first & 0xf, body };
    }
    return undefined;
  }

  async #next(type: number): Promise<Packet> {
    const limit = AbortSignal.timeout(LIMIT_MS);
    const late = once(limit, "abort").then(() => {
      throw new Error(`no packet of type ${type} came`);
    });
    late.catch(() => {});
    for (;;) {
      const index = this.#received.findIndex((packet) => packet.type === type);
      const [packet] = index === -1 ? [] : this.#received.splice(index, 1);
      if (packet !== undefined) return packet;
      if (this.#isClosed) throw new Error(`the hub closed before a packet of type ${type}`);
      await Promise.race([this.#wake.promise, late]);
    }
  }
}

/** A TLS connection to the hub's device face, with nothing said yet; it ends with the test. */
export async function openRawDevice(
  hub: Pick<LocalHub, "mqttPort" | "ca">,
  tls: ConnectionOptions = {},
): Promise<RawDevice> {
  const device = await openUntendedRawDevice(hub, tls);
  onTestFinished(() => device.destroy());
  return device;
}

/** The same where there is no test, or one of many: whoever opens it destroys it. */
export async function openUntendedRawDevice(
  { mqttPort: port, ca }: Pick<LocalHub, "mqttPort" | "ca">,
  tls: ConnectionOptions = {},
): Promise<RawDevice> {
  const socket = connect({ host: "127.0.0.1", port, servername: "localhost", ca, ...tls });
  await once(socket, "secureConnect");
  return new RawDevice(socket);
}

/** The same by a WebSocket, on the port of the REST API. */
export async function openRawWebSocketDevice(
  hub: LocalHub,
  tls: { cert?: string; key?: string } = {},
): Promise<RawDevice> {
  const webSocket = new WebSocket(`wss://localhost:${hub.webSocketPort}/$iothub/websocket`, "mqtt", {
    ca: hub.ca,
    ...tls,
    lookup: (_name, _options, done) => done(null, [{ address: "127.0.0.1", family: 4 }]),
  });
  onTestFinished(() => webSocket.terminate());
  await once(webSocket, "open");
  const stream = createWebSocketStream(webSocket);
  stream.once("end", () => stream.destroy());
  return new RawDevice(stream);
}

/** A device that is logged in; an error if the hub refuses it. */
export async function connectRawDevice(
  options: LoginOptions & { hub: LocalHub; methods?: boolean; open?: (hub: LocalHub) => Promise<RawDevice> },
): Promise<RawDevice & { sessionPresent: boolean }> {
  const device = await (options.open ?? openRawDevice)(options.hub);
  const { returnCode, sessionPresent } = await device.login(options);
  if (returnCode !== 0) throw new Error(`refused with CONNACK ${returnCode}`);
  if (options.methods) await device.subscribe([{ topic: "$iothub/methods/POST/#" }]);
  return Object.assign(device, { sessionPresent });
}

/** A token of the device's own primary key. */
export function deviceToken(options: { hub: LocalHub; deviceId: string; expiresIn?: number }): string {
  const { hub, deviceId, ...rest } = options;
  const key = keyIn(hub.deviceConnectionString(deviceId));
  return makeToken({ resource: `localhost/devices/${deviceId}`, key, ...rest });
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes]);
}
