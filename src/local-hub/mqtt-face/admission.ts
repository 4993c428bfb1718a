import type { TLSSocket } from "node:tls";
import type { Client, ConnectPacket } from "aedes";
import { whoIs } from "../client-id.ts";
import type { LogEvent } from "../events.ts";
import type { Limits } from "../limits/service-limits.ts";
import { remoteOf } from "../ports/listen.ts";
import { boundPackets, gate } from "./aedes-internals.ts";
import { type AuthenticationContext, authenticate, type Credential } from "./authentication.ts";
import { applyRules, LOGIN_LIMIT, PACKET_LIMIT } from "./rules.ts";
import { readPublishTopic } from "./topics.ts";
import { modelIdOf } from "./user-name.ts";

/** CONNACK "not authorized": the one answer to every login that fails, so that none tells which ids exist. */
const NOT_AUTHORIZED = 5;
/** CONNACK "server unavailable": what is good may come again. */
const UNAVAILABLE = 3;

/** Why a login is refused, for the log, and what the device is told of it. */
export interface Refusal {
  error: Error;
  /** Of CONNACK. */
  returnCode: number;
}

/** A device that has logged in. */
export interface Admitted {
  socket: TLSSocket;
  credential: Credential;
  /** As the device names it at its login. */
  modelId: string | undefined;
}

/** Who may come in, and with which packets: before the broker sees anything of it. */
export interface Admission {
  /** Stands at the door of a new client. */
  watch(client: Client, socket: TLSSocket): void;
  /** The login, if it is refused. */
  check(
    client: Client,
    login: { userName: string | undefined; password: string | undefined },
  ): Refusal | undefined;
  /** What an accepted login brought; at the first asking only, so that it makes one connection. */
  claim(client: Client): Admitted | undefined;
  /** What an accepted login brought. */
  credentialOf(client: Client): Credential | undefined;
  /** From where a client came that was not refused: its failures are worth a line of their own. */
  remoteOf(client: Client): string | undefined;
}

interface Note {
  socket: TLSSocket;
  /** Read at once: a socket that has ended does not know it any more. */
  remote: string;
  /** The client id that its CONNECT claims. */
  claimedId?: string;
  /** Why its will cannot be taken; told at the login, as MQTT has no other place for it. */
  willFault?: string;
  credential?: Credential;
  modelId?: string | undefined;
  claimed?: boolean;
  refused?: boolean;
}

export function createAdmission(options: {
  context: AuthenticationContext;
  limits: Pick<Limits, "take">;
  log: LogEvent;
  /** It acknowledged a packet that the hub sent. */
  onAcknowledged: (client: Client, packetId: number) => void;
  /** Ends the client's connection, if it has got as far as that. */
  end: (client: Client, reason: string) => boolean;
}): Admission {
  const { context, limits, log, end } = options;
  const notes = new WeakMap<Client, Note>();

  function refuse(note: Note, reason: string): void {
    if (note.refused) return;
    note.refused = true;
    const { claimedId, remote } = note;
    const who = claimedId === undefined ? {} : whoIs(claimedId);
    log({ event: "refused", face: "mqtt", remote, reason, ...who });
  }

  return {
    watch(client, socket) {
      const note: Note = { socket, remote: remoteOf(socket) };
      notes.set(client, note);
      const turnAway = (fault: string) => {
        if (end(client, fault)) return;
        refuse(note, fault);
        socket.destroy();
      };
      boundPackets(client, {
        limit: () => (note.credential === undefined ? LOGIN_LIMIT : PACKET_LIMIT),
        tooLarge: (bytes) => turnAway(`it announced a packet of ${bytes} bytes`),
      });
      gate(client, (packet) => {
        if (packet.cmd === "connect") readConnect(note, packet);
        if (packet.cmd === "puback" && packet.messageId) options.onAcknowledged(client, packet.messageId);
        // Before a CONNECT nothing is allowed, and aedes closes by itself.
        if (note.claimedId === undefined) return true;
        const fault = applyRules(packet, note.claimedId);
        if (fault === undefined) return true;
        turnAway(fault);
        return false;
      });
    },

    check(client, login) {
      const note = notes.get(client);
      if (note === undefined) return { error: new Error("unknown client"), returnCode: NOT_AUTHORIZED };
      const certificate = () => note.socket.getPeerX509Certificate();
      const result = authenticate({ clientId: client.id, ...login, certificate }, context);
      const reason = result.accepted ? note.willFault : result.reason;
      if (reason !== undefined) {
        refuse(note, reason);
        return { error: new Error(reason), returnCode: NOT_AUTHORIZED };
      }
      if (limits.take("connections") > 0) {
        const throttled = "too many new connections for the limits of this hub";
        refuse(note, throttled);
        return { error: new Error(throttled), returnCode: UNAVAILABLE };
      }
      if (result.accepted) {
        note.credential = result.credential;
        note.modelId = modelIdOf(login.userName);
      }
      return undefined;
    },

    claim(client) {
      const note = notes.get(client);
      if (note?.credential === undefined || note.claimed) return undefined;
      note.claimed = true;
      return { socket: note.socket, credential: note.credential, modelId: note.modelId };
    },

    credentialOf: (client) => notes.get(client)?.credential,

    remoteOf(client) {
      const note = notes.get(client);
      return note?.refused ? undefined : note?.remote;
    },
  };
}

function readConnect(note: Note, packet: ConnectPacket): void {
  note.claimedId ??= packet.clientId;
  if (packet.will && readPublishTopic(packet.will.topic, packet.clientId)?.kind !== "message") {
    note.willFault = "its will is not a device-to-cloud message";
  }
}
