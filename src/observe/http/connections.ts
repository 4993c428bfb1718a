import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Server as TlsServer } from "node:https";
import type { Socket } from "node:net";

/** No browser and no Prometheus asks again before it is answered. */
const MOST_AT_ONCE = 4;

export interface Connections {
  /**
   * Takes note of a request. Whoever has many unanswered on one connection makes the agent hold many answers that nobody
   * reads: false then, and the connection is closed.
   */
  admit(request: IncomingMessage, response: ServerResponse): boolean;
  /** Closes all there are, those too that have not shaken hands yet, which the server itself does not know. */
  closeAll(): void;
}

interface Connection {
  readonly socket: Socket;
  /** Requests on it that are being answered. */
  answering: number;
}

/**
 * Keeps a server at a number of connections by closing the one that has been idle longest for each that comes: those
 * who open many and ask nothing, or ask slowly, lock nobody out. Only if none is idle is it the oldest.
 */
export function boundConnections(server: Server | TlsServer, most: number): Connections {
  // In the order of their last use.
  const connections = new Map<string, Connection>();

  server.on("connection", (socket: Socket) => {
    if (connections.size >= most) oldest()?.socket.destroy();
    const id = idOf(socket);
    const connection = { socket, answering: 0 };
    connections.set(id, connection);
    socket.once("close", () => {
      if (connections.get(id) === connection) connections.delete(id);
    });
  });

  function oldest(): Connection | undefined {
    const all = [...connections.values()];
    return all.find(({ answering }) => answering === 0) ?? all[0];
  }

  return {
    admit({ socket }, response) {
      const id = idOf(socket);
      const connection = connections.get(id);
      if (connection === undefined || connection.answering >= MOST_AT_ONCE) {
        socket.destroy();
        return false;
      }
      connection.answering += 1;
      response.once("close", () => {
        connection.answering -= 1;
        if (connections.delete(id)) connections.set(id, connection);
      });
      return true;
    },
    closeAll() {
      for (const { socket } of connections.values()) socket.destroy();
    },
  };
}

/** A request over TLS has a socket of its own on top of the one that came in: the other end is the same. */
const idOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`;
