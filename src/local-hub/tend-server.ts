import type { Server } from "node:tls";
import { messageOf } from "../errors.ts";
import type { ServerCertificate } from "./certificates.ts";
import type { Face, LogEvent } from "./events.ts";
import { closeServer, listen, remoteOf, trackSockets } from "./listen.ts";
import { connectionLimit } from "./open-files.ts";
import { secureContextOf } from "./server-tls.ts";

/** What every face does with its TLS server, be it one of HTTPS too. */
export interface TendedServer {
  listen(options: { host: string; port: number }): Promise<number>;
  /** Shown to whoever connects from now on. */
  useCertificate(certificate: ServerCertificate): void;
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
  server.on("tlsClientError", (error, socket) => {
    log({ event: "connection-error", face, remote: remoteOf(socket), reason: messageOf(error) });
  });
  return {
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
