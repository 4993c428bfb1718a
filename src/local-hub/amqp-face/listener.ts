import { createServer } from "node:tls";
import type { ServerCertificate } from "../credentials/certificates.ts";
import { serverTlsOptions } from "../ports/server-tls.ts";
import { type TendedServer, tendServer } from "../ports/tend-server.ts";
import type { MqttStream } from "../ports/web-sockets.ts";
import type { Wire } from "../wire/index.ts";
import type { AmqpContext } from "./serve-connection.ts";

/** Of a WebSocket (azure-iothub's amqp.js). */
export const AMQP_SUBPROTOCOL = "AMQPWSB10";

export interface AmqpFace extends Pick<TendedServer, "listen" | "useCertificate"> {
  /** Takes a back end that came in elsewhere, by a WebSocket. */
  accept(connection: MqttStream): void;
  close(): Promise<void>;
}

/** The AMQP face: for back ends, over TLS. Its protocol is loaded when the first of them comes. */
export function createAmqpFace(
  options: Omit<AmqpContext, "hubName" | "createdAt"> & {
    certificate: ServerCertificate;
    wire: Pick<Wire, "guardHandshakes">;
  },
): AmqpFace {
  const context: AmqpContext = {
    ...options,
    hubName: options.hostNames[0] ?? "localhost",
    createdAt: options.now(),
  };
  const server = createServer({ ...serverTlsOptions(options.certificate), noDelay: true }, (socket) =>
    accept({ stream: socket, socket }),
  );
  options.wire.guardHandshakes(server, "amqp");
  const tended = tendServer({ server, face: "amqp", option: "amqpPort", log: options.log });

  function accept(connection: MqttStream): void {
    // A reset before anybody listens must not end the process.
    connection.stream.on("error", () => {});
    void import("./serve-connection.ts").then(({ serveConnection }) => {
      if (!connection.stream.destroyed) serveConnection(connection, context);
    });
  }

  return {
    listen: tended.listen,
    useCertificate: tended.useCertificate,
    accept,
    close: () => tended.close(),
  };
}
