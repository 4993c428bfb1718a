import { randomInt } from "node:crypto";
import { join, resolve } from "node:path";
import { readAuthorities } from "./certificate-chain.ts";
import { openAuthority } from "./certificates.ts";
import { clientIdOf } from "./client-id.ts";
import { createConnectionStrings, type ReachedBy } from "./connection-strings.ts";
import { END_REASONS, guardedLog, type LogEvent } from "./events.ts";
import { findIdentity } from "./find-identity.ts";
import { allHostNames } from "./host-names.ts";
import { HubError, type ServiceErrorCode } from "./hub-error.ts";
import { followIdentityChanges } from "./identity-changes.ts";
import { createMethodCalls, type MethodCalls } from "./method-calls.ts";
import { createModuleRegistry, type ModuleRegistry } from "./module-registry.ts";
import { createMqttFace } from "./mqtt-face/listener.ts";
import { completePolicies } from "./policies.ts";
import { type LocalProvisioning, type ProvisioningOptions, startProvisioning } from "./provisioning/index.ts";
import { createRegistry, type DeviceRegistry } from "./registry.ts";
import { type CertificateChoice, chooseCertificate } from "./server-tls.ts";
import { deviceRoutes } from "./service-face/devices.ts";
import { createServiceFace } from "./service-face/listener.ts";
import { methodRoutes } from "./service-face/methods.ts";
import { moduleRoutes } from "./service-face/modules.ts";
import { fileStore, memoryStore, prepareDataDirectory } from "./store.ts";
import { takeWebSockets } from "./web-sockets.ts";

export type { ServerCertificate } from "./certificates.ts";
export type { ReachedBy } from "./connection-strings.ts";
export type { LocalHubEvent, MethodOutcomeName } from "./events.ts";
export type { ModuleDescription, ModuleIdentity, ModuleRegistry } from "./module-registry.ts";
export type {
  Allocation,
  AssignableHub,
  OnRegister,
  RegistrationRequest,
} from "./provisioning/assignment.ts";
export {
  type AttestationDescription,
  deriveDeviceKey,
  type Enrolment,
  type EnrolmentSettings,
  type Enrolments,
} from "./provisioning/enrolments.ts";
export type { LocalProvisioning, ProvisioningOptions } from "./provisioning/index.ts";
export type { AuthenticationType } from "./registered-proof.ts";
export type { DeviceDescription, DeviceIdentity, DeviceRegistry } from "./registry.ts";
export type { CertificateChoice } from "./server-tls.ts";
export { HubError, type ServiceErrorCode };

export interface LocalHubOptions extends CertificateChoice {
  /** The address to listen on; 127.0.0.1 if absent, 0.0.0.0 for all. */
  host?: string;
  /** 0, the default, takes any free port. */
  mqttPort?: number;
  /** 0, the default, takes any free port. */
  httpsPort?: number;
  /** Where devices, policies and the certificate authority are kept; absent: in memory only. */
  dataDirectory?: string;
  /**
   * More names and addresses by which clients reach the hub: they go into its certificate, and tokens for them are
   * accepted. localhost, 127.0.0.1, ::1 and this machine's own name always are.
   */
  hostNames?: readonly string[];
  /** PEM texts of the authorities that devices of type `certificateAuthority` have their certificates from; none if absent. */
  trustedAuthorities?: readonly string[];
  /** Told of everything that happens; never of a key. */
  log?: LogEvent;
  /** The clock, in milliseconds since 1970; Date.now if absent. Timers are not moved by it. */
  now?: () => number;
}

/** An IoT Hub on this machine, running. */
export interface LocalHub {
  readonly host: string;
  readonly mqttPort: number;
  readonly httpsPort: number;
  /** The same as `httpsPort`: as in the service, MQTT over WebSockets and the REST API share a port. */
  readonly webSocketPort: number;
  /** The certificate of the authority that clients must trust, PEM. */
  readonly ca: string;
  /** The file with the same; undefined without a data folder. */
  readonly caFile: string | undefined;
  /** Of the policy iothubowner. The port is left out where it is the SDKs' own 443. */
  readonly serviceConnectionString: string;
  /** With `x509=true` in place of a key for a device that has a certificate. @throws HubError DeviceNotFound */
  deviceConnectionString(deviceId: string, options?: ReachedBy): string;
  /** The same for a module. @throws HubError ModuleNotFound */
  moduleConnectionString(deviceId: string, moduleId: string, options?: ReachedBy): string;
  readonly registry: DeviceRegistry;
  readonly modules: ModuleRegistry;
  /** Whether the device is connected, or with a module id that module of it. */
  isConnected(deviceId: string, moduleId?: string): boolean;
  /** Ends the connection of the device or module, as the service may at any time. */
  disconnect(deviceId: string, moduleId?: string): void;
  /**
   * For tests of what devices do about it: the hub loses the session it keeps for this device or module. A connected one
   * stays connected, is no longer subscribed to anything, and is not told.
   */
  forgetSession(deviceId: string, moduleId?: string): Promise<void>;
  /**
   * For tests of what clients do about it: another certificate for whoever connects from now on, at both faces; a fresh one
   * of the hub's authority if nothing is chosen. Connections that there are stay. @throws HubhandError CONFIG_INVALID
   */
  useCertificate(choice: CertificateChoice): Promise<void>;
  /**
   * Starts a Device Provisioning Service beside the hub, with a certificate of the same authority, that puts devices into
   * this hub unless told otherwise. It may be stopped by itself, and stops with the hub. @throws HubhandError PORT_IN_USE
   */
  startProvisioning(options?: ProvisioningOptions): Promise<LocalProvisioning>;
  /** Ends every connection and call, and leaves no handle open. */
  stop(): Promise<void>;
}

/**
 * Starts an IoT Hub on this machine, against which the unmodified SDKs of device and service work: MQTT over TLS
 * and over WebSockets for devices, the REST API over HTTPS for services. See docs/local-hub.md for what it covers.
 *
 * @throws HubhandError PORT_IN_USE, or CONFIG_INVALID if the data folder, the address or a certificate cannot be used
 */
export async function startLocalHub(options: LocalHubOptions = {}): Promise<LocalHub> {
  const { host = "127.0.0.1", now = Date.now } = options;
  const log = guardedLog(options.log);
  const directory = options.dataDirectory === undefined ? undefined : resolve(options.dataDirectory);
  if (directory !== undefined) await prepareDataDirectory(directory);
  const hostNames = allHostNames(options.hostNames ?? []);
  const authority = await openAuthority({ directory, now: now() });
  const authorities = readAuthorities(options.trustedAuthorities ?? []);
  const choose = (choice: CertificateChoice) =>
    chooseCertificate(choice, { authority, hostNames, now: now() });
  const certificate = await choose(options);

  const store = directory === undefined ? memoryStore() : fileStore(directory);
  const kept = await store.load();
  const policies = completePolicies(kept?.policies ?? []);
  const keep = () => store.save(() => ({ policies, devices: registry.list(), modules: modules.list() }));
  const registry = createRegistry({ devices: kept?.devices ?? [], keep, now });
  const modules = createModuleRegistry({ modules: kept?.modules ?? [], devices: registry, keep, now });
  const identity = (clientId: string) => findIdentity(clientId, { registry, modules });
  // Now, not at the first change: a hub killed before one must still come back with the same keys.
  if (kept?.policies.length !== policies.length) await keep();

  const methodCalls: MethodCalls = createMethodCalls({
    isOnline: (clientId) => mqttFace.isOnline(clientId),
    send: (request) => mqttFace.sendMethodRequest(request),
    firstRequestId: randomInt(2 ** 32),
  });
  const mqttFace = await createMqttFace({
    identity,
    policies,
    hostNames,
    authorities,
    certificate,
    log,
    now,
    onOnline: (clientId) => methodCalls.deviceOnline(clientId),
    onMethodReply: (reply) => methodCalls.accept(reply),
  });
  const isConnected = (clientId: string) => mqttFace.isConnected(clientId);
  const serviceFace = createServiceFace({
    certificate,
    policies,
    hostNames,
    log,
    now,
    routes: [
      ...deviceRoutes({ registry, isConnected }),
      ...moduleRoutes({ registry, modules, isConnected }),
      ...methodRoutes({
        identity,
        methodCalls,
        isOnline: (clientId) => mqttFace.isOnline(clientId),
        log,
        now,
      }),
    ],
  });
  followIdentityChanges({ registry, modules, mqttFace, methodCalls, log });
  takeWebSockets({ server: serviceFace.server, face: "mqtt", accept: mqttFace.accept, log, now });

  async function close(): Promise<void> {
    methodCalls.close();
    // The devices first: those that came by a WebSocket are told, in the log, why they go.
    await Promise.all([mqttFace.close(), serviceFace.close()]);
    await store.settled();
  }

  let mqttPort: number;
  let httpsPort: number;
  try {
    mqttPort = await mqttFace.listen({ host, port: options.mqttPort ?? 0 });
    httpsPort = await serviceFace.listen({ host, port: options.httpsPort ?? 0 });
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
    ca: authority.certificate,
    caFile: directory && join(directory, "ca.pem"),
    serviceConnectionString: connectionStrings.service(httpsPort),
    deviceConnectionString: (deviceId, reachedBy = {}) =>
      connectionStrings.device(deviceId, { ...reachedBy, mqttPort }),
    moduleConnectionString: (deviceId, moduleId, reachedBy = {}) =>
      connectionStrings.module({ deviceId, moduleId }, { ...reachedBy, mqttPort }),
    registry,
    modules,
    isConnected: (...who) => isConnected(clientIdFrom(...who)),
    disconnect: (...who) => mqttFace.disconnect(clientIdFrom(...who), END_REASONS.ON_REQUEST),
    forgetSession: (...who) => mqttFace.forgetSession(clientIdFrom(...who)),
    async useCertificate(choice) {
      const chosen = await choose(choice);
      mqttFace.useCertificate(chosen);
      serviceFace.useCertificate(chosen);
    },
    async startProvisioning(provisioning = {}) {
      const hub = { mqttPort, registry };
      const shown = await choose({});
      const service = await startProvisioning({ ...provisioning, hub, host, certificate: shown, log, now });
      beside.push(service);
      return service;
    },
    stop() {
      stopped ??= Promise.all([close(), ...beside.map((service) => service.stop())]).then(() => {});
      return stopped;
    },
  };
}

function clientIdFrom(deviceId: string, moduleId?: string): string {
  return moduleId === undefined ? deviceId : clientIdOf({ deviceId, moduleId });
}
