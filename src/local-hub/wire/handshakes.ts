import type { Socket } from "node:net";
import { createServer, type Server } from "node:tls";
import type { ServerCertificate } from "../credentials/certificates.ts";
import type { BrokenHandshake } from "../faults/kinds.ts";
import type { StandingFault } from "../faults/table.ts";
import { handshakeVerdict } from "../faults/verdicts.ts";
import { serverTlsOptions } from "../ports/server-tls.ts";

/** A certificate that a careful client refuses, and why it does. */
export type WrongCertificate = Exclude<BrokenHandshake, "reset" | "silence">;

/**
 * Stands before a server's TLS: a connection that a fault strikes gets no handshake, or one with a wrong certificate. To
 * be called before anyone else listens for the server's connections.
 */
export function guardHandshakes(
  server: Server,
  options: {
    strike: () => StandingFault | undefined;
    wrongCertificate: (why: WrongCertificate) => Promise<ServerCertificate>;
  },
): void {
  const listeners = server.listeners("connection");
  server.removeAllListeners("connection");
  server.on("connection", (socket: Socket) => {
    const by = options.strike();
    if (by === undefined) return greet(socket);
    const how = handshakeVerdict(by);
    if (how === "reset") {
      // In the middle: the client has said hello.
      socket.once("data", () => socket.resetAndDestroy());
    } else if (how === "silence") {
      void by.over.then(() => socket.destroyed || greet(socket));
    } else {
      void showWrong(socket, how);
    }
  });

  function greet(socket: Socket): void {
    for (const listener of listeners) listener.call(server, socket);
  }

  async function showWrong(socket: Socket, why: WrongCertificate): Promise<void> {
    const certificate = await options.wrongCertificate(why);
    // A server of its own that never listens: the right one's certificate may change meanwhile. Who takes the wrong
    // one gets in.
    const other = createServer(serverTlsOptions(certificate), (secured) =>
      server.emit("secureConnection", secured),
    );
    other.on("tlsClientError", (...failure) => server.emit("tlsClientError", ...failure));
    if (!socket.destroyed) other.emit("connection", socket);
  }
}
