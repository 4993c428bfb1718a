import { randomInt } from "node:crypto";
import { join, resolve } from "node:path";
import { AMQP_SUBPROTOCOL, createAmqpFace } from "./amqp-face/listener.ts";
import { clientIdOf } from "./client-id.ts";
import { type Configurations, createConfigurations } from "./configurations/configurations.ts";
import { readAuthorities } from "./credentials/certificate-chain.ts";
import { openAuthority } from "./credentials/certificates.ts";
import { createConnectionStrings } from "./credentials/connection-strings.ts";
import { openPolicies } from "./credentials/policies.ts";
import { deviceFaceRoutes } from "./device-face/routes.ts";
import { END_REASONS, guardedLog } from "./events.ts";
import { createFaults } from "./faults/index.ts";
import { HubError } from "./hub-error.ts";
import { createActivity } from "./identities/activity.ts";
import { findIdentity } from "./identities/find-identity.ts";
import { followIdentityChanges } from "./identities/identity-changes.ts";
import { createModuleRegistry } from "./identities/module-registry.ts";
import { createRegistry } from "./identities/registry.ts";
import { createJobs, type Jobs } from "./jobs/jobs.ts";
import { createLimits } from "./limits/service-limits.ts";
import type { LocalHub, LocalHubOptions } from "./local-hub.ts";
import { createMessages, type MessageCentre } from "./messages/index.ts";
import { createMethodCalls, type MethodCalls } from "./method-calls.ts";
import { createMqttFace, type MqttFace } from "./mqtt-face/listener.ts";
import { allHostNames } from "./ports/host-names.ts";
import { type CertificateChoice, chooseCertificate } from "./ports/server-tls.ts";
import { takeWebSockets } from "./ports/web-sockets.ts";
import { type LocalProvisioning, startProvisioning } from "./provisioning/index.ts";
import type { QuerySources } from "./queries/query.ts";
import { callMethodAsService } from "./service-face/job-method-calls.ts";
import { createServiceFace } from "./service-face/listener.ts";
import { createMethodInvoker } from "./service-face/methods.ts";
import { serviceRoutes } from "./service-face/routes.ts";
import { openFolderStore, prepareDataDirectory } from "./store/folder-store.ts";
import { memoryStore, type Store } from "./store/store.ts";
import { activityFrom, followDesiredChanges } from "./twins/connected-twins.ts";
import { createTwins } from "./twins/create-twins.ts";

const DAY_MS = 24 * 60 * 60_000;

/**
 * Starts an IoT Hub on this machine, against which the unmodified SDKs of device and service work: MQTT over TLS
 * and over WebSockets for devices, the REST API over HTTPS for services. See docs/local-hub/reference.md for what it covers.
 *
 * @throws HubhandError PORT_IN_USE, or CONFIG_INVALID if the data folder, the address or a certificate cannot be used
 */
export async function startLocalHub(options: LocalHubOptions = {}): Promise<LocalHub> {
  const directory = options.dataDirectory === undefined ? undefined : resolve(options.dataDirectory);
  if (directory !== undefined) await prepareDataDirectory(directory);
  // Before all else in the folder: it lets in one hub only, so that no two make its authority.
  const store = directory === undefined ? memoryStore() : await openFolderStore(directory);
  try {
    return await startOn(store, { ...options, directory });
  } catch (error) {
    store.close();
    throw error;
  }
}

/** The hub that keeps its things in this store, which is closed when the hub stops. */
async function startOn(
  store: Store,
  options: LocalHubOptions & { directory: string | undefined },
): Promise<LocalHub> {
  const { host = "127.0.0.1", now: clock = Date.now, maxConnections, directory } = options;
  const hostNames = allHostNames(options.hostNames ?? []);
  const authority = await openAuthority({ directory, now: clock() });
  const faulty = createFaults({
    authority,
    hostNames,
    trace: options.trace,
    log: (event) => log(event),
    now: clock,
    forgetSession: (clientId) => mqttFace.forgetSession(clientId),
    clientIds: () => [...registry.list(), ...modules.list()].map(clientIdOf),
  });
  const { faults, wire, clock: now } = faulty;
  const limits = createLimits({
    choice: options.limits,
    now,
    onThrottled: (limit, retryAfterMs) => log({ event: "throttled", limit, retryAfterMs }),
  });
  const authorities = readAuthorities(options.trustedAuthorities ?? []);
  const choose = (choice: CertificateChoice) =>
    chooseCertificate(choice, { authority, hostNames, now: now() });
  const certificate = await choose(options);

  const policies = openPolicies(store);
  const registry = createRegistry({ store, now });
  const modules = createModuleRegistry({ store, devices: registry, now });
  const identity = (clientId: string) => findIdentity(clientId, { registry, modules });
  const isConnected = (clientId: string): boolean => mqttFace.isConnected(clientId);
  const exists = (clientId: string) => identity(clientId) !== undefined;
  const activity = createActivity({ store, exists, isConnected, now });
  const log = activity.follow(guardedLog(options.log));

  const messages: MessageCentre = createMessages({
    store,
    registry,
    modules,
    receiver: (deviceId) => mqttFace.messageReceiver(deviceId),
    log,
    now,
  });
  const activityOf = activityFrom(activity.of, messages.countWaiting);
  const configurationsOf: Configurations["of"] = (clientId) => configurations.of(clientId);
  const twins = createTwins({ store, registry, modules, activityOf, configurationsOf, now });
  const methodCalls: MethodCalls = createMethodCalls({
    isOnline: (clientId) => mqttFace.isOnline(clientId),
    send: (request) => mqttFace.sendMethodRequest(request),
    firstRequestId: randomInt(2 ** 32),
  });
  const invokeMethod = createMethodInvoker({
    identity,
    methodCalls,
    isOnline: (clientId) => mqttFace.isOnline(clientId),
    log,
    now,
  });
  const sources: QuerySources = {
    devices: () => twins.documents("devices"),
    modules: () => twins.documents("modules"),
    jobs: () => jobs.deviceJobs(),
  };
  const configurations: Configurations = createConfigurations({ store, twins, sources, now });
  const callMethod = callMethodAsService({ invokeMethod, log });
  const jobs: Jobs = createJobs({
    store,
    twins,
    sources,
    callMethod,
    room: (signal) => limits.room("jobDevices", signal),
    atOnce: limits.jobsAtOnce,
    log,
    now,
  });
  const mqttFace: MqttFace = await createMqttFace({
    identity,
    policies,
    hostNames,
    authorities,
    certificate,
    twins,
    limits,
    store,
    maxConnections,
    log,
    now,
    wire,
    onOnline: (clientId) => methodCalls.deviceOnline(clientId),
    onMethodReply: (reply) => methodCalls.accept(reply),
    onMessage: (message) => messages.accept(message),
    onReceiver: (clientId) => messages.queues.deliver(clientId),
    onAcknowledged: (connection, packetId) =>
      messages.queues.acknowledged(connection.id, { packetId, connection }),
    onDisconnected: (clientId, connection) => messages.queues.disconnected(clientId, connection),
  });
  const serviceFace = createServiceFace({
    certificate,
    policies,
    hostNames,
    limits,
    maxConnections,
    log,
    now,
    wire,
    deviceRoutes: deviceFaceRoutes({ identity, policies, hostNames, authorities, now }),
    routes: serviceRoutes({
      registry,
      modules,
      twins,
      messages,
      jobs,
      configurations,
      faults,
      sources,
      invokeMethod,
      activityOf: activity.of,
      isConnected,
      now,
    }),
  });
  const amqpFace = createAmqpFace({ certificate, messages, policies, hostNames, log, now, wire });
  followDesiredChanges({ twins, mqttFace, log });
  followIdentityChanges({ registry, modules, mqttFace, methodCalls, log });
  const webSocketFaces = { mqtt: mqttFace.accept, [AMQP_SUBPROTOCOL]: amqpFace.accept };
  takeWebSockets({ server: serviceFace.server, face: "mqtt", accept: webSocketFaces, log, now });

  async function close(): Promise<void> {
    faulty.close();
    jobs.close();
    methodCalls.close();
    messages.close();
    // The devices first: those that came by a WebSocket are told, in the log, why they go.
    await Promise.all([mqttFace.close(), serviceFace.close(), amqpFace.close()]);
    activity.close();
    store.close();
  }

  let mqttPort: number;
  let httpsPort: number;
  let amqpPort: number | undefined;
  try {
    mqttPort = await mqttFace.listen({ host, port: options.mqttPort ?? 0 });
    httpsPort = await serviceFace.listen({ host, port: options.httpsPort ?? 0 });
    if (options.amqpPort !== undefined) amqpPort = await amqpFace.listen({ host, port: options.amqpPort });
    // Last: a hub that cannot start leaves its jobs to the next one.
    configurations.resume();
    jobs.resume();
  } catch (error) {
    await close();
    throw error;
  }

  const connectionStrings = createConnectionStrings({ registry, modules, policies });
  const beside: LocalProvisioning[] = [];
  let stopped: Promise<void> | undefined;
  return {
    host,
    mqttPort,
    httpsPort,
    webSocketPort: httpsPort,
    amqpPort,
    ca: authority.certificate,
    caFile: directory && join(directory, "ca.pem"),
    serviceConnectionString: connectionStrings.service(httpsPort),
    eventHubConnectionString: amqpPort === undefined ? undefined : connectionStrings.eventHub(amqpPort),
    serviceToken: ({ lasts = DAY_MS } = {}) => connectionStrings.serviceToken(now() + lasts),
    deviceConnectionString: (deviceId, reachedBy = {}) =>
      connectionStrings.device(deviceId, { ...reachedBy, mqttPort }),
    moduleConnectionString: (deviceId, moduleId, reachedBy = {}) =>
      connectionStrings.module({ deviceId, moduleId }, { ...reachedBy, mqttPort }),
    registry,
    modules,
    twins,
    messages,
    faults,
    isConnected: (...who) => isConnected(clientIdFrom(...who)),
    disconnect: (...who) => mqttFace.disconnect(clientIdFrom(...who), END_REASONS.ON_REQUEST),
    forgetSession: (...who) => mqttFace.forgetSession(clientIdFrom(...who)),
    async useCertificate(choice) {
      const chosen = await choose(choice);
      mqttFace.useCertificate(chosen);
      serviceFace.useCertificate(chosen);
      amqpFace.useCertificate(chosen);
    },
    async startProvisioning(provisioning = {}) {
      if (stopped) throw new HubError("ServiceUnavailable", "the hub has stopped");
      const hub = { mqttPort, registry, twins };
      const shown = await choose({});
      const surroundings = { hub, host, hostNames, certificate: shown, store, log, now, wire };
      const service = await startProvisioning({ ...provisioning, ...surroundings });
      beside.push(service);
      // The hub may have been stopped meanwhile.
      if (stopped) await service.stop();
      return service;
    },
    stop() {
      // What stands beside the hub first: it keeps its things in the hub's store.
      stopped ??= Promise.all(beside.map((service) => service.stop())).then(close);
      return stopped;
    },
  };
}

function clientIdFrom(deviceId: string, moduleId?: string): string {
  return moduleId === undefined ? deviceId : clientIdOf({ deviceId, moduleId });
}
