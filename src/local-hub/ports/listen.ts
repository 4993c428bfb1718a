import type { AddressInfo, Server, Socket } from "node:net";
import { HubhandError, messageOf } from "../../errors.ts";
import type { LogEvent } from "../events.ts";

/** A TCP server's sockets, those included that have not finished (or even begun) their TLS handshake. */
export interface TrackedSockets {
  /** Ends them all at once; `server.close()` alone would wait for them for ever. */
  destroy(): void;
}

export function trackSockets(server: Server): TrackedSockets {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    // A reset of the raw socket is told by the TLS layer above it; here it must only not be fatal.
    socket.on("error", () => {});
    socket.once("close", () => sockets.delete(socket));
  });
  return {
    destroy() {
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Starts listening; the port that it got. @throws HubhandError PORT_IN_USE, CONFIG_INVALID, naming the port and what to do */
export function listen(options: {
  server: Server;
  host: string;
  port: number;
  /** The name of the option that chose the port, for the message. */
  option: string;
  log: LogEvent;
}): Promise<number> {
  const { server, host, port, log } = options;
  return new Promise((resolve, reject) => {
    if (!Number.isInteger(port) || port < 0 || port > 65_535) {
      reject(
        new HubhandError("CONFIG_INVALID", `${options.option} is a number from 0 to 65535, not ${port}`, {
          details: { option: options.option },
        }),
      );
      return;
    }
    const failed = (error: NodeJS.ErrnoException) => reject(listenError(error, options));
    server.once("error", failed);
    server.listen({ host, port }, () => {
      server.off("error", failed);
      // Without a listener a later error, such as too many open files, would end the process.
      server.on("error", (error) => log({ event: "fault", reason: messageOf(error) }));
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function listenError(
  error: NodeJS.ErrnoException,
  options: { host: string; port: number; option: string },
): Error {
  const { host, port, option } = options;
  const settings = { details: { code: error.code, host, port, option }, cause: error };
  switch (error.code) {
    case "EADDRINUSE":
      return new HubhandError(
        "PORT_IN_USE",
        `port ${port} on ${host} is in use: stop what listens on it, or choose another ${option} (0 takes any free port)`,
        settings,
      );
    case "EACCES":
      return new HubhandError(
        "PORT_IN_USE",
        `no permission to listen on port ${port} of ${host}: choose a ${option} above 1023 (0 takes any free port)`,
        settings,
      );
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return new HubhandError(
        "CONFIG_INVALID",
        `${host} is not an address of this machine: choose one to listen on, such as 127.0.0.1, or 0.0.0.0 for all`,
        settings,
      );
    default:
      return error;
  }
}

export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}

/** `address:port` of the other side, for a log line. */
export function remoteOf(socket: {
  remoteAddress?: string | undefined;
  remotePort?: number | undefined;
}): string {
  return socket.remoteAddress === undefined ? "unknown" : `${socket.remoteAddress}:${socket.remotePort}`;
}
