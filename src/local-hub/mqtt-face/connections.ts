import type { Socket } from "node:net";
import type { Client } from "aedes";
import { setAlarm } from "../alarm.ts";
import { whoIs } from "../client-id.ts";
import { END_REASONS, type LogEvent } from "../events.ts";
import { remoteOf } from "../ports/listen.ts";
import { isSubscribed } from "./aedes-internals.ts";
import type { Credential } from "./authentication.ts";
import { METHODS_FILTER } from "./topics.ts";

/** The MQTT connection of a device or module, from its accepted login to the close of its socket. */
export interface Connection {
  readonly clientId: string;
  readonly client: Client;
  readonly socket: Socket;
  readonly credential: Credential;
  readonly remote: string;
}

/** The one live connection of each device and module. */
export interface Connections {
  /** Makes it the connection of its client id; an older one ends. Ends by itself when its token expires. */
  add(connection: Connection): void;
  get(clientId: string): Connection | undefined;
  /** Connected and subscribed to direct methods. */
  online(clientId: string): Connection | undefined;
  /** Closes the connection; `reason` is what the log will say. */
  end(connection: Connection, reason: string): void;
  endAll(reason: string): void;
}

/**
 * Compares connection objects, never client ids: aedes closes a taken-over client by its id, and at times after the new
 * one is in its table. So this table, fed by the sockets themselves, is the hub's truth.
 */
export function createConnections(options: {
  log: LogEvent;
  now: () => number;
  onEnded?: (connection: Connection) => void;
}): Connections {
  const { log, now } = options;
  const byClient = new Map<string, Connection>();
  const reasons = new WeakMap<Connection, string>();

  function end(connection: Connection, reason: string): void {
    if (!reasons.has(connection)) reasons.set(connection, reason);
    connection.socket.destroy();
  }

  function get(clientId: string): Connection | undefined {
    const connection = byClient.get(clientId);
    return connection === undefined || connection.socket.destroyed || connection.client.closed
      ? undefined
      : connection;
  }

  return {
    add(connection) {
      const { clientId, socket, remote } = connection;
      const older = byClient.get(clientId);
      byClient.set(clientId, connection);
      if (older !== undefined) end(older, END_REASONS.TAKEN_OVER);
      const stopWatch = endAtExpiry(connection);
      const closed = () => {
        stopWatch();
        if (byClient.get(clientId) === connection) byClient.delete(clientId);
        const reason = reasons.get(connection) ?? END_REASONS.BY_DEVICE;
        log({ event: "disconnected", ...whoIs(clientId), remote, reason });
        options.onEnded?.(connection);
      };
      if (socket.closed) closed();
      else socket.once("close", closed);
    },
    get,
    online(clientId) {
      const connection = get(clientId);
      return connection && isSubscribed(connection.client, METHODS_FILTER) ? connection : undefined;
    },
    end,
    endAll(reason) {
      for (const connection of byClient.values()) end(connection, reason);
    },
  };

  function endAtExpiry(connection: Connection): () => void {
    const { goodUntil } = connection.credential;
    return setAlarm({ time: goodUntil, now, ring: () => end(connection, END_REASONS.TOKEN_EXPIRED) });
  }
}

export function connectionOf(options: Omit<Connection, "remote">): Connection {
  return { ...options, remote: remoteOf(options.socket) };
}
