import type { TLSSocket } from "node:tls";
import { Aedes, type AuthenticateError, type Client, type PublishPacket } from "aedes";
import { messageOf } from "../../errors.ts";
import type { LogEvent } from "../events.ts";
import { boundPackets, gate } from "../mqtt-face/aedes-internals.ts";
import { publish } from "../mqtt-face/traffic.ts";
import { remoteOf } from "../ports/listen.ts";
import type { MqttStream } from "../ports/web-sockets.ts";
import type { Wire } from "../wire/index.ts";
import { errorAnswer, type ProvisioningAnswer } from "./answers.ts";
import type { Proof } from "./attestation.ts";
import { answerTopic, LOGIN_LIMIT, loginFault, PACKET_LIMIT, packetFault, readQuestion } from "./protocol.ts";
import type { Question, Registrations } from "./registrations.ts";

/** How long a client may take for its CONNECT, once its TLS handshake is done. */
const CONNECT_MS = 10_000;
/** CONNACK "not authorized". */
const NOT_AUTHORIZED = 5;

export interface ProvisioningFace {
  accept(connection: MqttStream): void;
  close(): Promise<void>;
}

interface Visitor {
  socket: TLSSocket;
  proof?: Proof;
}

/**
 * MQTT of the provisioning service. As in the service, a login is let in if its form is right: whether its proof is, a
 * device learns from the answer to its question, which says more than a CONNACK can (seen of the service: a wrong key
 * connects, and is answered 401).
 */
export async function createProvisioningFace(options: {
  registrations: Registrations;
  idScope: string;
  log: LogEvent;
  now: () => number;
  /** Sees each packet. */
  wire: Wire;
}): Promise<ProvisioningFace> {
  const { registrations, idScope, log, now, wire } = options;
  const visitors = new WeakMap<Client, Visitor>();

  const broker = new Aedes({
    connectTimeout: CONNECT_MS,
    authenticate(client, userName, password, done) {
      const visitor = visitors.get(client);
      const fault = loginFault({ clientId: client.id, userName }, { idScope });
      if (visitor !== undefined && fault === undefined) {
        const { socket } = visitor;
        visitor.proof = {
          password: password?.toString(),
          certificate: () => socket.getPeerX509Certificate(),
        };
        return done(null, true);
      }
      refuse(visitor, fault ?? "unknown client");
      done(Object.assign(new Error(fault), { returnCode: NOT_AUTHORIZED }) as AuthenticateError, false);
    },
    authorizePublish(client, packet, done) {
      if (client !== null) void answer(client, packet);
      done(null);
    },
  });
  await broker.listen();
  broker.on("clientError", failed);
  broker.on("connectionError", failed);
  // Without a listener an "error" of the broker would end the process.
  (broker as NodeJS.EventEmitter).on("error", (error: unknown) => {
    log({ event: "fault", reason: messageOf(error) });
  });

  async function answer(client: Client, packet: PublishPacket): Promise<void> {
    const question = readQuestion(packet.topic);
    const proof = visitors.get(client)?.proof;
    if (question === undefined || proof === undefined) return;
    const device = { registrationId: client.id, proof, body: Buffer.from(packet.payload) };
    const { body, ...rest } = await answerTo(question, device);
    publish(client, answerTopic({ ...rest, requestId: question.requestId }), JSON.stringify(body));
  }

  async function answerTo(
    question: Question,
    device: Parameters<Registrations["answer"]>[1],
  ): Promise<ProvisioningAnswer> {
    try {
      return await registrations.answer(question, device);
    } catch (error) {
      log({ event: "fault", reason: messageOf(error) });
      return errorAnswer("failed", { message: "the service failed; its log says why", now: now() });
    }
  }

  function refuse(visitor: Visitor | undefined, reason: string): void {
    if (visitor) log({ event: "refused", face: "provisioning", remote: remoteOf(visitor.socket), reason });
  }

  function failed(client: Client, error: Error): void {
    const visitor = visitors.get(client);
    // One that was refused at its login has had its line.
    if (visitor?.proof === undefined) return;
    const remote = remoteOf(visitor.socket);
    log({ event: "connection-error", face: "provisioning", remote, reason: messageOf(error) });
  }

  return {
    accept({ stream, socket }) {
      const client = broker.handle(stream);
      const visitor: Visitor = { socket };
      visitors.set(client, visitor);
      const turnAway = (fault: string) => {
        refuse(visitor, fault);
        socket.destroy();
      };
      boundPackets(client, {
        limit: () => (visitor.proof === undefined ? LOGIN_LIMIT : PACKET_LIMIT),
        tooLarge: (bytes) => turnAway(`it announced a packet of ${bytes} bytes`),
      });
      gate(client, (packet) => {
        const fault = packetFault(packet);
        if (fault === undefined) return true;
        turnAway(fault);
        return false;
      });
      const end = () => void socket.destroy();
      wire.attach({ face: "provisioning", client, stream, socket, end, usesToken: () => false });
    },
    close: () => new Promise((resolve) => broker.close(() => resolve())),
  };
}
