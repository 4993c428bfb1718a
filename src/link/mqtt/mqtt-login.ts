import { isIP } from "node:net";
import { connect } from "node:tls";
import { shownInTls } from "../client-certificate.ts";
import type { ClientCertificate } from "../identity.ts";

export interface MqttLogin {
  readonly host: string;
  readonly port: number;
  /** PEM text of the authorities to trust; those of Node if absent. */
  readonly ca: string | undefined;
  readonly clientId: string;
  readonly userName: string;
  /** A token for the password, or a certificate. Secrets. */
  readonly proof: { readonly token: string } | ClientCertificate;
  /** Gives up. */
  readonly signal: AbortSignal;
}

const KEEP_ALIVE_SECONDS = 30;
const CONNECT = 0x10;
const CONNACK = 0x20;
const DISCONNECT = Buffer.from([0xe0, 0]);
/** User name, and the session that the hub keeps for the agent is not cleaned away (MQTT 3.1.1, section 3.1.2.3). */
const FLAGS = 0x80;
const HAS_PASSWORD = 0x40;

/**
 * Logs in by MQTT and out again, for whoever wants to know whether that can be done. It ends the connection of whoever is in
 * with the same identity. Rejects with Node's error if there is no answer.
 * @returns the code of the CONNACK, 0 if the hub lets in (MQTT 3.1.1, section 3.2.2.3)
 */
export function loginByMqtt({ host, port, ca, proof, signal, ...who }: MqttLogin): Promise<number> {
  const answered = Promise.withResolvers<number>();
  const isToken = "token" in proof;
  const shown = isToken ? {} : shownInTls(proof);
  const trusted = ca === undefined ? {} : { ca };
  const servername = isIP(host) === 0 ? host : "";
  const socket = connect({ host, port, servername, ...trusted, ...shown });
  const abort = () => socket.destroy(new Error("it took too long"));
  signal.addEventListener("abort", abort);
  let received = Buffer.alloc(0);
  socket.once("secureConnect", () =>
    socket.write(connectPacket({ ...who, password: isToken ? proof.token : undefined })),
  );
  socket.on("data", (chunk) => {
    received = Buffer.concat([received, chunk]);
    if (received.length < 4) return;
    if (received[0] !== CONNACK) answered.reject(new Error("it does not speak MQTT"));
    else answered.resolve(received.readUInt8(3));
  });
  socket.once("error", answered.reject);
  socket.once("close", () => answered.reject(new Error("the connection was closed")));
  return answered.promise.finally(() => {
    signal.removeEventListener("abort", abort);
    if (!socket.destroyed) socket.end(DISCONNECT);
    socket.once("close", () => socket.destroy());
  });
}

function connectPacket(login: { clientId: string; userName: string; password: string | undefined }): Buffer {
  const { clientId, userName, password } = login;
  const flags = FLAGS | (password === undefined ? 0 : HAS_PASSWORD);
  const body = Buffer.concat([
    text("MQTT"),
    Buffer.from([4, flags, 0, KEEP_ALIVE_SECONDS]),
    text(clientId),
    text(userName),
    ...(password === undefined ? [] : [text(password)]),
  ]);
  return Buffer.concat([Buffer.from([CONNECT, ...lengthOf(body)]), body]);
}

/** With its length before it. */
function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** Seven bits a byte, the lowest first (section 2.2.3). */
function lengthOf({ length }: Buffer): number[] {
  const bytes: number[] = [];
  let rest = length;
  do {
    bytes.push((rest % 128) | (rest > 127 ? 128 : 0));
    rest = Math.floor(rest / 128);
  } while (rest > 0);
  return bytes;
}
