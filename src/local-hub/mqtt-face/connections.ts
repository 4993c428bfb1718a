import type { Socket } from "node:net";
import type { Client } from "aedes";
import { END_REASONS, type LogEvent } from "../events.ts";
import { remoteOf } from "../listen.ts";
import { isSubscribed } from "./aedes-internals.ts";
import type { Credential } from "./authentication.ts";
import { METHODS_FILTER } from "./topics.ts";

/** A device's MQTT connection, from its accepted login to the close of its socket. */
export interface Connection {
  readonly deviceId: string;
  readonly client: Client;
  readonly socket: Socket;
  readonly credential: Credential;
  readonly remote: string;
}

/** The one live connection of each device. */
export interface Connections {
  /** Makes it the device's connection; an older one ends. Ends by itself when its token expires. */
  add(connection: Connection): void;
  get(deviceId: string): Connection | undefined;
  /** Connected and subscribed to direct methods. */
  online(deviceId: string): Connection | undefined;
  /** Closes the connection; `reason` is what the log will say. */
  end(connection: Connection, reason: string): void;
  endAll(reason: string): void;
}

/** The longest delay a Node timer takes; a longer one would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Compares connection objects, never device ids: aedes closes a taken-over client by its id, and at times after the new
 * one is in its table. So this table, fed by the sockets themselves, is the hub's truth.
 */
export function createConnections(options: { log: LogEvent; now: () => number }): Connections {
  const { log, now } = options;
  const byDevice = new Map<string, Connection>();
  const reasons = new WeakMap<Connection, string>();

  function end(connection: Connection, reason: string): void {
    if (!reasons.has(connection)) reasons.set(connection, reason);
    connection.socket.destroy();
  }

  function get(deviceId: string): Connection | undefined {
    const connection = byDevice.get(deviceId);
    return connection === undefined || connection.socket.destroyed || connection.client.closed
      ? undefined
      : connection;
  }

  return {
    add(connection) {
      const { deviceId, socket, remote } = connection;
      const older = byDevice.get(deviceId);
      byDevice.set(deviceId, connection);
      if (older !== undefined) end(older, END_REASONS.TAKEN_OVER);
      const stopWatch = endAtExpiry(connection);
      const closed = () => {
        stopWatch();
        if (byDevice.get(deviceId) === connection) byDevice.delete(deviceId);
        const reason = reasons.get(connection) ?? END_REASONS.BY_DEVICE;
        log({ event: "disconnected", deviceId, remote, reason });
      };
      if (socket.closed) closed();
      else socket.once("close", closed);
    },
    get,
    online(deviceId) {
      const connection = get(deviceId);
      return connection && isSubscribed(connection.client, METHODS_FILTER) ? connection : undefined;
    },
    end,
    endAll(reason) {
      for (const connection of byDevice.values()) end(connection, reason);
    },
  };

  function endAtExpiry(connection: Connection): () => void {
    let timer: NodeJS.Timeout;
    const arm = () => {
      const left = connection.credential.goodUntil - now();
      if (left <= 0) end(connection, END_REASONS.TOKEN_EXPIRED);
      else timer = setTimeout(arm, Math.min(left, LONGEST_TIMER_MS));
    };
    arm();
    return () => clearTimeout(timer);
  }
}

export function connectionOf(options: Omit<Connection, "remote">): Connection {
  return { ...options, remote: remoteOf(options.socket) };
}
