import { EVENT_HUB } from "../event-hub-name.ts";
import { HubError } from "../hub-error.ts";
import type { ModuleRegistry } from "../identities/module-registry.ts";
import type { RegisteredProof } from "../identities/registered-proof.ts";
import type { DeviceRegistry } from "../identities/registry.ts";
import { OWNER_POLICY, type Policy } from "./policies.ts";
import { makeServiceToken } from "./shared-access-signature.ts";

/** MQTT over TLS, HTTPS, AMQP over TLS: the ports that go without saying. */
const USUAL = { mqtt: 8883, https: 443, amqp: 5671 };

/** How a device or module will reach the hub; the port is added where it is not MQTT's own 8883. */
export interface ReachedBy {
  /** The name of the hub, localhost if absent. */
  hostName?: string;
  /**
   * The name by which it reaches the hub when the hub plays an IoT Edge gateway; `hostName` is then that of the hub behind
   * it, which must be one of the hub's `hostNames`.
   */
  gatewayHostName?: string;
  /** For `MqttWs`, which takes no port: with the hub on another than 443, `HubAgent` leads it there. */
  webSockets?: boolean;
}

export interface ConnectionStrings {
  service(httpsPort: number): string;
  /** Of the Event Hub that has what devices send (learn.microsoft.com, "Read device-to-cloud messages from the built-in endpoint"). */
  eventHub(amqpPort: number): string;
  /** An Authorization header of the owner, that lasts until then (milliseconds since 1970). */
  serviceToken(expiresAt: number): string;
  /** @throws HubError DeviceNotFound */
  device(deviceId: string, options: ReachedBy & { mqttPort: number }): string;
  /** @throws HubError ModuleNotFound */
  module(ids: { deviceId: string; moduleId: string }, options: ReachedBy & { mqttPort: number }): string;
}

export function createConnectionStrings(options: {
  registry: DeviceRegistry;
  modules: ModuleRegistry;
  policies: readonly Policy[];
}): ConnectionStrings {
  const { registry, modules, policies } = options;
  const owner = { name: OWNER_POLICY, primaryKey: keyOf(policies, OWNER_POLICY) };
  return {
    service: (httpsPort) => serviceConnectionString(owner, httpsPort),
    serviceToken: (expiresAt) => makeServiceToken({ host: "localhost", policy: owner, expiresAt }),
    eventHub(amqpPort) {
      const owner = policies.find(({ name }) => name === OWNER_POLICY);
      const address = withPort("localhost", { port: amqpPort, usual: USUAL.amqp });
      return `Endpoint=sb://${address}/;SharedAccessKeyName=${OWNER_POLICY};SharedAccessKey=${owner?.primaryKey};EntityPath=${EVENT_HUB}`;
    },
    device(deviceId, reachedBy) {
      const device = registry.get(deviceId);
      if (device === undefined) throw new HubError("DeviceNotFound", deviceId);
      return compose(device, `DeviceId=${deviceId}`, reachedBy);
    },
    module({ deviceId, moduleId }, reachedBy) {
      const module = modules.get(deviceId, moduleId);
      if (module === undefined) throw new HubError("ModuleNotFound", `${deviceId}/${moduleId}`);
      return compose(module, `DeviceId=${deviceId};ModuleId=${moduleId}`, reachedBy);
    },
  };
}

function keyOf(policies: readonly Policy[], policyName: string): string {
  return policies.find(({ name }) => name === policyName)?.primaryKey ?? "";
}

function compose(
  { authenticationType, primaryKey }: RegisteredProof,
  ids: string,
  { hostName = "localhost", gatewayHostName, webSockets, mqttPort }: ReachedBy & { mqttPort: number },
): string {
  const address = (name: string) => (webSockets ? name : mqttAddress(name, mqttPort));
  const proof = authenticationType === "sas" ? `SharedAccessKey=${primaryKey}` : "x509=true";
  if (gatewayHostName === undefined) return `HostName=${address(hostName)};${ids};${proof}`;
  return `HostName=${hostName};${ids};${proof};GatewayHostName=${address(gatewayHostName)}`;
}

/** What a service writes to come in by a policy; the port is left out where it is the SDKs' own 443. */
export function serviceConnectionString(
  policy: { name: string; primaryKey: string },
  httpsPort: number,
): string {
  const address = withPort("localhost", { port: httpsPort, usual: USUAL.https });
  return `HostName=${address};SharedAccessKeyName=${policy.name};SharedAccessKey=${policy.primaryKey}`;
}

/** What a device writes to reach MQTT at a name. */
export function mqttAddress(hostName: string, mqttPort: number): string {
  return withPort(hostName, { port: mqttPort, usual: USUAL.mqtt });
}

/** Most SDKs know only the usual port and take `host:port` for a name that does not resolve: it is left out there. */
function withPort(hostName: string, { port, usual }: { port: number; usual: number }): string {
  return port === usual ? hostName : `${hostName}:${port}`;
}
