import { createServer } from "node:tls";
import { Aedes, type AuthenticateError, type Client } from "aedes";
import { messageOf } from "../../errors.ts";
import { whoIs } from "../client-id.ts";
import type { ServerCertificate } from "../credentials/certificates.ts";
import { END_REASONS, type LogEvent } from "../events.ts";
import type { Limits } from "../limits/service-limits.ts";
import type { IncomingMessage } from "../messages/device-message.ts";
import type { Receiver } from "../messages/queues.ts";
import type { MethodReply } from "../method-calls.ts";
import { serverTlsOptions } from "../ports/server-tls.ts";
import { type TendedServer, tendServer } from "../ports/tend-server.ts";
import type { MqttStream } from "../ports/web-sockets.ts";
import type { Store } from "../store/store.ts";
import type { DesiredChange, ObservableTwins } from "../twins/twins.ts";
import type { Wire } from "../wire/index.ts";
import { createAdmission } from "./admission.ts";
import { dropSession, isSubscribed, withoutDistribution } from "./aedes-internals.ts";
import { type AuthenticationContext, isStillWelcome } from "./authentication.ts";
import { connectionOf, createConnections } from "./connections.ts";
import { keepSessions } from "./kept-sessions.ts";
import { messageReceiver } from "./message-receiver.ts";
import { DESIRED_FILTER, desiredTopic, METHODS_FILTER } from "./topics.ts";
import { createReceiver, type MethodRequest, publish, sendMethodRequest } from "./traffic.ts";
import { createTwinRequests } from "./twin-requests.ts";
import { boundUnread } from "./unread.ts";

/** How long a client may take for its CONNECT, once its TLS handshake is done. */
const CONNECT_MS = 10_000;
/** What aedes says of it (lib/handlers/connect.js). */
const OTHER_VERSION = "unacceptable protocol version";

export interface MqttFace extends Pick<TendedServer, "listen" | "useCertificate"> {
  /** Takes a device that came in elsewhere, by a WebSocket: the same broker, the same rules. */
  accept(connection: MqttStream): void;
  isConnected(clientId: string): boolean;
  /** Connected and subscribed to direct methods. */
  isOnline(clientId: string): boolean;
  /** Hands a request to its client's one connection; lost, as in the service, if that drops meanwhile. */
  sendMethodRequest(request: MethodRequest): void;
  /** Tells a client that is subscribed to changes of its desired properties; whether it was. Nothing is kept for later. */
  sendDesired(change: DesiredChange): boolean;
  /** The device's connection, if it is there and subscribed to its messages. */
  messageReceiver(deviceId: string): Receiver | undefined;
  disconnect(clientId: string, reason: string): void;
  /** Drops what is kept of the client's session, subscriptions included; it is not told. */
  forgetSession(clientId: string): Promise<void>;
  /** Ends the client's connection if what it logged in with no longer counts. */
  recheck(clientId: string): void;
  close(): Promise<void>;
}

export interface MqttFaceOptions extends AuthenticationContext {
  certificate: ServerCertificate;
  twins: Pick<ObservableTwins, "forDevice" | "report" | "announceModel">;
  limits: Limits;
  /** Keeps the sessions. */
  store: Store;
  maxConnections: number | undefined;
  log: LogEvent;
  /** Sees each connection and message, and may meddle with them. */
  wire: Wire;
  /** A device or module has connected and subscribed to methods. */
  onOnline: (clientId: string) => void;
  /** Why a reply was ignored, if it was. */
  onMethodReply: (reply: MethodReply) => string | undefined;
  onMessage: (message: IncomingMessage) => void;
  /** A device or module has connected, or subscribed to something: it may be a receiver of messages now. */
  onReceiver: (clientId: string) => void;
  onAcknowledged: (connection: Client, packetId: number) => void;
  onDisconnected: (clientId: string, connection: Client) => void;
}

/** The device face: MQTT 3.1.1 over TLS by aedes, with IoT Hub's logins and rules on top. */
export async function createMqttFace(options: MqttFaceOptions): Promise<MqttFace> {
  const { log, now, certificate, twins, limits, wire } = options;
  const connections = createConnections({
    log,
    now,
    onEnded: ({ clientId, client }) => options.onDisconnected(clientId, client),
  });
  const { onAcknowledged } = options;
  const admission = createAdmission({ context: options, limits, log, end, onAcknowledged });
  const receive = createReceiver({
    ...options,
    credentialOf: admission.credentialOf,
    onTwinRequest: createTwinRequests({ twins, limits, log, now }),
  });
  const broker = new Aedes({
    connectTimeout: CONNECT_MS,
    authenticate(client, userName, password, done) {
      const refusal = admission.check(client, { userName, password: password?.toString() });
      if (refusal === undefined) done(null, true);
      else done(Object.assign(refusal.error, { returnCode: refusal.returnCode }) as AuthenticateError, false);
    },
    authorizePublish(client, packet, done) {
      // No client: the will of another broker of a cluster, which this one never has.
      if (client !== null) {
        receive(client, packet);
        wire.received(client, packet.topic);
      }
      done(null);
    },
  });
  await broker.listen();
  withoutDistribution(broker);
  try {
    await keepSessions(broker, options);
  } catch (error) {
    broker.close();
    throw error;
  }
  broker.on("client", connected);
  broker.on("clientReady", (client) => {
    connected(client);
    announce(client);
  });
  broker.on("subscribe", (subscriptions, client) => {
    log({ event: "subscribed", ...whoIs(client.id), topics: subscriptions.map(({ topic }) => topic) });
    announce(client);
  });
  broker.on("keepaliveTimeout", (client) => void end(client, END_REASONS.KEEP_ALIVE));
  broker.on("clientError", failed);
  broker.on("connectionError", failed);
  // Without a listener an "error" of the broker would end the process.
  (broker as NodeJS.EventEmitter).on("error", (error: unknown) => {
    log({ event: "fault", reason: messageOf(error) });
  });

  const server = createServer({ ...serverTlsOptions(certificate), noDelay: true }, (socket) =>
    accept({ stream: socket, socket }),
  );
  wire.guardHandshakes(server, "mqtt");
  const tended = tendServer({ ...options, server, face: "mqtt", option: "mqttPort" });

  function accept({ stream, socket }: MqttStream): void {
    const client = broker.handle(stream);
    const endAny = (reason: string) => void (end(client, reason) || socket.destroy());
    admission.watch(client, socket);
    boundUnread(stream, () => endAny(END_REASONS.NOT_READING));
    wire.attach({
      client,
      stream,
      socket,
      end: endAny,
      usesToken: () => connections.get(client.id)?.credential.kind === "token",
    });
  }

  /**
   * aedes tells of a client twice, when it is registered and when it is ready, in either order: the first counts. A client
   * whose readiness comes after a newer one was registered must not take its connection back.
   */
  function connected(client: Client): void {
    const admitted = admission.claim(client);
    if (admitted === undefined) return;
    const { modelId, ...proven } = admitted;
    const connection = connectionOf({ clientId: client.id, client, ...proven });
    connections.add(connection);
    if (modelId !== undefined) announceModel(client.id, modelId);
    log({
      event: "connected",
      ...whoIs(client.id),
      remote: connection.remote,
      cleanSession: client.clean,
      online: isSubscribed(client, METHODS_FILTER),
    });
    // The device may have been disabled between its login and now.
    recheck(client.id);
  }

  /** A device is as good without it, where it cannot be kept. */
  function announceModel(clientId: string, modelId: string): void {
    try {
      twins.announceModel(clientId, modelId);
    } catch (error) {
      log({ event: "fault", reason: messageOf(error) });
    }
  }

  function announce(client: Client): void {
    if (connections.online(client.id)?.client === client) options.onOnline(client.id);
    if (connections.get(client.id)?.client === client) options.onReceiver(client.id);
  }

  /** Whether it was the connection of its client id, and so could be ended. */
  function end(client: Client, reason: string): boolean {
    const connection = connections.get(client.id);
    if (connection?.client !== client) return false;
    connections.end(connection, reason);
    return true;
  }

  function failed(client: Client, error: Error): void {
    const said = messageOf(error);
    const reason = said === OTHER_VERSION ? `${said}: the hub speaks MQTT 3.1.1, not 5` : said;
    const remote = admission.remoteOf(client);
    if (remote === undefined || end(client, reason)) return;
    log({ event: "connection-error", face: "mqtt", remote, reason });
  }

  function recheck(clientId: string): void {
    const connection = connections.get(clientId);
    if (connection === undefined) return;
    const { credential } = connection;
    if (isStillWelcome(options.identity(clientId), { credential, policies: options.policies })) return;
    connections.end(connection, END_REASONS.NO_LONGER_WELCOME);
  }

  return {
    listen: tended.listen,
    useCertificate: tended.useCertificate,
    accept,
    isConnected: (clientId) => connections.get(clientId) !== undefined,
    isOnline: (clientId) => connections.online(clientId) !== undefined,
    sendMethodRequest(request) {
      const connection = connections.online(request.clientId);
      if (connection) sendMethodRequest(connection.client, request);
    },
    sendDesired({ clientId, patch, version }) {
      const client = connections.get(clientId)?.client;
      if (client === undefined || !isSubscribed(client, DESIRED_FILTER)) return false;
      publish(client, desiredTopic(version), JSON.stringify({ ...patch, $version: version }));
      return true;
    },
    messageReceiver: (deviceId) => messageReceiver(connections.get(deviceId)?.client),
    disconnect(clientId, reason) {
      const connection = connections.get(clientId);
      if (connection) connections.end(connection, reason);
    },
    forgetSession(clientId) {
      return dropSession(broker, { id: clientId, client: connections.get(clientId)?.client });
    },
    recheck,
    close: () =>
      tended.close(async () => {
        connections.endAll(END_REASONS.HUB_STOPPING);
        await new Promise<void>((resolve) => broker.close(() => resolve()));
      }),
  };
}
