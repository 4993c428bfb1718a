import type { IncomingMessage } from "node:http";
import type { Server } from "node:https";
import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import { createWebSocketStream, WebSocketServer } from "ws";
import { messageOf } from "../../errors.ts";
import type { Face, LogEvent } from "../events.ts";
import { remoteOf } from "./listen.ts";
import { endWithStatus, httpDate } from "./raw-http.ts";

/** Where the service takes WebSockets, of hub and provisioning alike; the subprotocol says what is spoken in them. */
const WEB_SOCKET_PATHS: readonly (string | undefined)[] = [
  "/$iothub/websocket",
  // What the clients of Event Hubs ask for.
  "/$servicebus/websocket",
];
/** Above the largest packet a device may send, whose own limit then gives the reason. */
const FRAME_LIMIT = 512 * 1024;

/** A device's bytes, and the TLS socket that carries them: its close, its address and its certificate are the device's. */
export interface MqttStream {
  stream: Duplex;
  socket: TLSSocket;
}

/**
 * Takes the WebSockets of an HTTPS server for MQTT: as in the service, devices come in where the REST API is, since a
 * firewall that lets only HTTPS out knows one port. Every other upgrade is refused.
 */
export function takeWebSockets(options: {
  server: Server;
  /** Whose they are, for the log. */
  face: Face;
  /** What is done with the connections of each subprotocol. */
  accept: Readonly<Record<string, (connection: MqttStream) => void>>;
  log: LogEvent;
  now: () => number;
}): void {
  const { server, face, accept, log, now } = options;
  const webSockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: FRAME_LIMIT,
    handleProtocols: (offered) => Object.keys(accept).find((name) => offered.has(name)) ?? false,
  });
  webSockets.on("headers", (headers) => headers.push(`Date: ${httpDate(now())}`));
  webSockets.on("wsClientError", (error, socket) => {
    refuse(socket as TLSSocket, { status: "400 Bad Request", reason: messageOf(error) });
  });

  server.on("upgrade", (request, duplex, head) => {
    const socket = duplex as TLSSocket;
    // Node has taken its own listener off this socket; a reset now must not end the process.
    socket.on("error", () => {});
    const refusal = refusalOf(request, Object.keys(accept));
    if (refusal !== undefined) return refuse(socket, refusal);
    webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      // MQTT 3.1.1, section 6.0, and the WebSocket binding of AMQP: binary frames only.
      webSocket.on("message", (_data, isBinary) => {
        if (!isBinary) socket.destroy();
      });
      const stream = createWebSocketStream(webSocket);
      // By itself it would be open for ever, for who has yet to say something: there is nobody left to say it to.
      stream.once("end", () => stream.destroy());
      accept[webSocket.protocol]?.({ stream, socket });
    });
  });

  function refuse(socket: TLSSocket, { status, reason }: Refusal): void {
    log({ event: "refused", face, remote: remoteOf(socket), reason });
    endWithStatus(socket, { status, now: now() });
  }
}

interface Refusal {
  status: string;
  reason: string;
}

function refusalOf(request: IncomingMessage, subprotocols: readonly string[]): Refusal | undefined {
  const [path] = (request.url ?? "").split("?");
  if (!WEB_SOCKET_PATHS.includes(path)) {
    // What azure-iot-device-mqtt makes of a host name with a port.
    const hint = path?.startsWith("/:") ? ": is there a port in the host name of its connection string?" : "";
    return { status: "404 Not Found", reason: `there are no WebSockets at the path it asked for${hint}` };
  }
  const offered = (request.headers["sec-websocket-protocol"] ?? "").split(",").map((name) => name.trim());
  if (!subprotocols.some((name) => offered.includes(name))) {
    return {
      status: "400 Bad Request",
      reason: `its WebSocket does not offer the subprotocol ${subprotocols.join(" or ")}`,
    };
  }
  return undefined;
}
