import { randomInt } from "node:crypto";
import { join, resolve } from "node:path";
import { messageOf } from "../errors.ts";
import { createServerCertificate, openAuthority } from "./certificates.ts";
import { END_REASONS, guardedLog, type LogEvent } from "./events.ts";
import { allHostNames } from "./host-names.ts";
import { HubError, type ServiceErrorCode } from "./hub-error.ts";
import { createMethodCalls, type MethodCalls } from "./method-calls.ts";
import { createMqttFace } from "./mqtt-face/listener.ts";
import { completePolicies, OWNER_POLICY } from "./policies.ts";
import { createRegistry, type DeviceRegistry } from "./registry.ts";
import { deviceRoutes } from "./service-face/devices.ts";
import { createServiceFace } from "./service-face/listener.ts";
import { methodRoutes } from "./service-face/methods.ts";
import { fileStore, memoryStore, prepareDataDirectory } from "./store.ts";

export type { LocalHubEvent, MethodOutcomeName } from "./events.ts";
export type { DeviceDescription, DeviceIdentity, DeviceRegistry } from "./registry.ts";
export { HubError, type ServiceErrorCode };

export interface LocalHubOptions {
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
  /** The certificate of the authority that clients must trust, PEM. */
  readonly ca: string;
  /** The file with the same; undefined without a data folder. */
  readonly caFile: string | undefined;
  /** Of the policy iothubowner. The port is left out where it is the SDKs' own 443. */
  readonly serviceConnectionString: string;
  /**
   * The port is left out where it is MQTT's own 8883. `hostName` is the name the device will use, localhost if absent.
   * @throws HubError DeviceNotFound
   */
  deviceConnectionString(deviceId: string, options?: { hostName?: string }): string;
  readonly registry: DeviceRegistry;
  isConnected(deviceId: string): boolean;
  /** Ends the device's connection, as the service may at any time. */
  disconnect(deviceId: string): void;
  /**
   * For tests of what devices do about it: the hub loses the session it keeps for this device. A connected one stays
   * connected, is no longer subscribed to anything, and is not told.
   */
  forgetSession(deviceId: string): Promise<void>;
  /** Ends every connection and call, and leaves no handle open. */
  stop(): Promise<void>;
}

/**
 * Starts an IoT Hub on this machine, against which the unmodified SDKs of device and service work: MQTT over TLS for
 * devices, the REST API over HTTPS for services. See docs/local-hub.md for what it covers.
 *
 * @throws HubhandError PORT_IN_USE, or CONFIG_INVALID if the data folder or the address cannot be used
 */
export async function startLocalHub(options: LocalHubOptions = {}): Promise<LocalHub> {
  const { host = "127.0.0.1", now = Date.now } = options;
  const log = guardedLog(options.log);
  const directory = options.dataDirectory === undefined ? undefined : resolve(options.dataDirectory);
  if (directory !== undefined) await prepareDataDirectory(directory);
  const hostNames = allHostNames(options.hostNames ?? []);
  const authority = await openAuthority({ directory, now: now() });
  const certificate = await createServerCertificate({ authority, hostNames, now: now() });

  const store = directory === undefined ? memoryStore() : fileStore(directory);
  const kept = await store.load();
  const policies = completePolicies(kept?.policies ?? []);
  const keep = () => store.save(() => ({ policies, devices: registry.list() }));
  const registry = createRegistry({ devices: kept?.devices ?? [], keep, now });
  // Now, not at the first change: a hub killed before one must still come back with the same keys.
  if (kept?.policies.length !== policies.length) await keep();

  const methodCalls: MethodCalls = createMethodCalls({
    isOnline: (deviceId) => mqttFace.isOnline(deviceId),
    send: (request) => mqttFace.sendMethodRequest(request),
    firstRequestId: randomInt(2 ** 32),
  });
  const mqttFace = await createMqttFace({
    device: (deviceId) => registry.get(deviceId),
    policies,
    hostNames,
    certificate,
    log,
    now,
    onOnline: (deviceId) => methodCalls.deviceOnline(deviceId),
    onMethodReply: (reply) => methodCalls.accept(reply),
  });
  const serviceFace = createServiceFace({
    certificate,
    policies,
    hostNames,
    log,
    now,
    routes: [
      ...deviceRoutes({ registry, isConnected: (deviceId) => mqttFace.isConnected(deviceId) }),
      ...methodRoutes({
        registry,
        methodCalls,
        isOnline: (deviceId) => mqttFace.isOnline(deviceId),
        log,
        now,
      }),
    ],
  });
  registry.onChange((deviceId, change) => {
    log({ event: "device-changed", deviceId, change });
    mqttFace.recheck(deviceId);
    if (change !== "deleted") return;
    methodCalls.deviceGone(deviceId);
    // A device made again under the same id must not inherit the session of its predecessor.
    mqttFace.forgetSession(deviceId).catch((error: unknown) => {
      log({ event: "fault", reason: messageOf(error) });
    });
  });

  async function close(): Promise<void> {
    methodCalls.close();
    await Promise.all([serviceFace.close(), mqttFace.close()]);
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

  const owner = policies.find(({ name }) => name === OWNER_POLICY);
  let stopped: Promise<void> | undefined;
  return {
    host,
    mqttPort,
    httpsPort,
    ca: authority.certificate,
    caFile: directory && join(directory, "ca.pem"),
    serviceConnectionString: `HostName=${authorityOf({ port: httpsPort, usual: 443 })};SharedAccessKeyName=${OWNER_POLICY};SharedAccessKey=${owner?.primaryKey}`,
    deviceConnectionString(deviceId, { hostName = "localhost" } = {}) {
      const device = registry.get(deviceId);
      if (device === undefined) throw new HubError("DeviceNotFound", deviceId);
      const address = authorityOf({ hostName, port: mqttPort, usual: 8883 });
      return `HostName=${address};DeviceId=${deviceId};SharedAccessKey=${device.primaryKey}`;
    },
    registry,
    isConnected: (deviceId) => mqttFace.isConnected(deviceId),
    disconnect: (deviceId) => mqttFace.disconnect(deviceId, END_REASONS.ON_REQUEST),
    forgetSession: (deviceId) => mqttFace.forgetSession(deviceId),
    stop() {
      stopped ??= close();
      return stopped;
    },
  };
}

/** Most SDKs know only the usual port and take `host:port` for a name that does not resolve: it is left out there. */
function authorityOf(options: { hostName?: string; port: number; usual: number }): string {
  const { hostName = "localhost", port, usual } = options;
  return port === usual ? hostName : `${hostName}:${port}`;
}
