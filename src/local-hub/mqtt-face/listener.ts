import { createServer } from "node:tls";
import { Aedes, type AuthenticateError, type Client } from "aedes";
import { messageOf } from "../../errors.ts";
import type { ServerCertificate } from "../certificates.ts";
import { END_REASONS, type LogEvent } from "../events.ts";
import { closeServer, listen, remoteOf, trackSockets } from "../listen.ts";
import type { MethodReply } from "../method-calls.ts";
import { createAdmission } from "./admission.ts";
import { dropSession, isSubscribed } from "./aedes-internals.ts";
import { type AuthenticationContext, isStillWelcome } from "./authentication.ts";
import { connectionOf, createConnections } from "./connections.ts";
import { METHODS_FILTER } from "./topics.ts";
import { createReceiver, type MethodRequest, sendMethodRequest } from "./traffic.ts";

/** How long a client may take for its TLS handshake, and then again for its CONNECT. */
const HANDSHAKE_MS = 10_000;
/** CONNACK "not authorized": the one answer to every login that fails, so that none tells which ids exist. */
const NOT_AUTHORIZED = 5;

export interface MqttFace {
  listen(options: { host: string; port: number }): Promise<number>;
  isConnected(deviceId: string): boolean;
  /** Connected and subscribed to direct methods. */
  isOnline(deviceId: string): boolean;
  /** Hands a request to the device's one connection; lost, as in the service, if that drops meanwhile. */
  sendMethodRequest(request: MethodRequest): void;
  disconnect(deviceId: string, reason: string): void;
  /** Drops what is kept of the device's session, subscriptions included; the device is not told. */
  forgetSession(deviceId: string): Promise<void>;
  /** Ends the device's connection if what it logged in with no longer counts. */
  recheck(deviceId: string): void;
  close(): Promise<void>;
}

export interface MqttFaceOptions extends AuthenticationContext {
  certificate: ServerCertificate;
  log: LogEvent;
  /** A device has connected and subscribed to methods. */
  onOnline: (deviceId: string) => void;
  /** Why a reply was ignored, if it was. */
  onMethodReply: (reply: MethodReply) => string | undefined;
}

/** The device face: MQTT 3.1.1 over TLS by aedes, with IoT Hub's logins and rules on top. */
export async function createMqttFace(options: MqttFaceOptions): Promise<MqttFace> {
  const { log, now, certificate } = options;
  const connections = createConnections({ log, now });
  const admission = createAdmission({ context: options, log, end });
  const receive = createReceiver(options);
  const broker = new Aedes({
    connectTimeout: HANDSHAKE_MS,
    authenticate(client, userName, password, done) {
      const refusal = admission.check(client, { userName, password: password?.toString() });
      if (refusal === undefined) done(null, true);
      else done(Object.assign(refusal, { returnCode: NOT_AUTHORIZED }) as AuthenticateError, false);
    },
    authorizePublish(client, packet, done) {
      // No client: the will of another broker of a cluster, which this one never has.
      if (client !== null) receive(client, packet);
      done(null);
    },
  });
  await broker.listen();
  broker.on("client", connected);
  broker.on("clientReady", (client) => {
    connected(client);
    announce(client);
  });
  broker.on("subscribe", (subscriptions, client) => {
    log({ event: "subscribed", deviceId: client.id, topics: subscriptions.map(({ topic }) => topic) });
    announce(client);
  });
  broker.on("keepaliveTimeout", (client) => void end(client, END_REASONS.KEEP_ALIVE));
  broker.on("clientError", failed);
  broker.on("connectionError", failed);
  // Without a listener an "error" of the broker would end the process.
  (broker as NodeJS.EventEmitter).on("error", (error: unknown) => {
    log({ event: "fault", reason: messageOf(error) });
  });

  const server = createServer(
    {
      cert: certificate.certificate,
      key: certificate.privateKey,
      minVersion: "TLSv1.2",
      handshakeTimeout: HANDSHAKE_MS,
    },
    (socket) => admission.watch(broker.handle(socket), socket),
  );
  const sockets = trackSockets(server);
  server.on("tlsClientError", (error, socket) => {
    log({ event: "connection-error", face: "mqtt", remote: remoteOf(socket), reason: messageOf(error) });
  });

  /**
   * aedes tells of a client twice, when it is registered and when it is ready, in either order: the first counts. A client
   * whose readiness comes after a newer one was registered must not take its connection back.
   */
  function connected(client: Client): void {
    const admitted = admission.claim(client);
    if (admitted === undefined) return;
    const connection = connectionOf({ deviceId: client.id, client, ...admitted });
    connections.add(connection);
    log({
      event: "connected",
      deviceId: client.id,
      remote: connection.remote,
      cleanSession: client.clean,
      online: isSubscribed(client, METHODS_FILTER),
    });
    // The device may have been disabled between its login and now.
    recheck(client.id);
  }

  function announce(client: Client): void {
    if (connections.online(client.id)?.client === client) options.onOnline(client.id);
  }

  /** Whether it was the device's connection, and so could be ended. */
  function end(client: Client, reason: string): boolean {
    const connection = connections.get(client.id);
    if (connection?.client !== client) return false;
    connections.end(connection, reason);
    return true;
  }

  function failed(client: Client, error: Error): void {
    const reason = messageOf(error);
    const socket = admission.socketOf(client);
    if (socket === undefined || end(client, reason)) return;
    log({ event: "connection-error", face: "mqtt", remote: remoteOf(socket), reason });
  }

  function recheck(deviceId: string): void {
    const connection = connections.get(deviceId);
    if (connection === undefined) return;
    const { credential } = connection;
    if (isStillWelcome(options.device(deviceId), { credential, policies: options.policies })) return;
    connections.end(connection, END_REASONS.NO_LONGER_WELCOME);
  }

  return {
    listen: ({ host, port }) => listen({ server, host, port, option: "mqttPort", log }),
    isConnected: (deviceId) => connections.get(deviceId) !== undefined,
    isOnline: (deviceId) => connections.online(deviceId) !== undefined,
    sendMethodRequest(request) {
      const connection = connections.online(request.deviceId);
      if (connection) sendMethodRequest(connection.client, request);
    },
    disconnect(deviceId, reason) {
      const connection = connections.get(deviceId);
      if (connection) connections.end(connection, reason);
    },
    forgetSession(deviceId) {
      return dropSession(broker, { id: deviceId, client: connections.get(deviceId)?.client });
    },
    recheck,
    async close() {
      const closed = server.listening ? closeServer(server) : Promise.resolve();
      connections.endAll(END_REASONS.HUB_STOPPING);
      await new Promise<void>((resolve) => broker.close(() => resolve()));
      sockets.destroy();
      await closed;
    },
  };
}
