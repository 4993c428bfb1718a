import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Server } from "node:tls";
import { messageOf } from "../../errors.ts";
import type { ServerCertificate } from "../credentials/certificates.ts";
import type { Face, LogEvent } from "../events.ts";
import { closeServer, listen, remoteOf, trackSockets } from "./listen.ts";
import { connectionLimit } from "./open-files.ts";
import { secureContextOf } from "./server-tls.ts";

/** What every face does with its TLS server, be it one of HTTPS too. */
export interface TendedServer {
  listen(options: { host: string; port: number }): Promise<number>;
  /** Shown to whoever connects from now on. */
  useCertificate(certificate: ServerCertificate): void;
  /** Logs why a connection failed, once. */
  failed(error: Error, socket: Duplex): void;
  /** Takes nobody any more, says `farewell`, and ends whatever sockets are left. */
  close(farewell?: () => void | Promise<void>): Promise<void>;
}

/** `option` is the name of the option that chose the port, for messages. */
export function tendServer(options: {
  server: Server;
  face: Face;
  option: string;
  log: LogEvent;
  /** The most connections at once; as many as the process can hold if absent. */
  maxConnections?: number | undefined;
}): TendedServer {
  const { server, face, option, log } = options;
  server.maxConnections = options.maxConnections ?? connectionLimit();
  server.on("drop", (dropped) => {
    const reason = `there are ${server.maxConnections} connections already`;
    log({ event: "refused", face, remote: remoteOf(dropped ?? {}), reason });
  });
  const sockets = trackSockets(server);
  const told = new WeakSet<Duplex>();
  function failed(error: Error, socket: Duplex): void {
    if (told.has(socket)) return;
    told.add(socket);
    log({ event: "connection-error", face, remote: remoteOf(socket as Socket), reason: messageOf(error) });
  }
  server.on("tlsClientError", (error, socket) => {
    failed(error, socket);
    // Node leaves it to us: one that never shook hands would stay for ever.
    socket.destroy();
  });
  return {
    failed,
    listen: ({ host, port }) => listen({ server, host, port, option, log }),
    useCertificate: (certificate) => server.setSecureContext(secureContextOf(certificate)),
    async close(farewell) {
      const closed = server.listening ? closeServer(server) : Promise.resolve();
      await farewell?.();
      sockets.destroy();
      await closed;
    },
  };
}
