import { resourceOf, type Who, whoIs } from "../client-id.ts";
import type { Numbered } from "./log.ts";
import { type PropertyBag, parsePropertyBag } from "./property-bag.ts";

/**
 * A device-to-cloud message, as a back end reads it from the service's Event Hub (learn.microsoft.com, "Create and read
 * IoT Hub messages").
 */
export interface DeviceMessage extends Who, Numbered {
  body: Buffer;
  /** The application's own. */
  properties: PropertyBag;
  /**
   * By the names that they have in the Event Hub: `message-id`, `content-type`, …, and what the hub stamps:
   * `iothub-connection-device-id`, `iothub-enqueuedtime` (ISO 8601), `iothub-message-source`, …
   */
  systemProperties: PropertyBag;
  /** Of a module's message: the output that it came from. */
  outputName?: string;
}

/** By what right the sender of a message is who it is. */
export interface SenderProof {
  kind: "token" | "certificate";
  /** Of the hub's policy that the token was made with. */
  policyName?: string | undefined;
}

/** A message as it comes in by MQTT. */
export interface IncomingMessage {
  clientId: string;
  /** The end of the topic. */
  properties: string;
  body: Buffer;
  /** Published by the hub in place of a device that went without a word. */
  isWill: boolean;
  proof: SenderProof;
}

/** What the short names in a topic stand for (azure-iot-device-mqtt's mqtt.js; Azure/iotedge, edgeHub). */
const SYSTEM_NAMES: Record<string, string> = {
  "$.mid": "message-id",
  "$.cid": "correlation-id",
  "$.uid": "user-id",
  "$.to": "to",
  "$.ct": "content-type",
  "$.ce": "content-encoding",
  "$.exp": "absolute-expiry-time",
  "$.sub": "dt-subject",
  "$.ifid": "iothub-interface-id",
  "$.schema": "message-schema",
  "$.ctime": "iothub-creation-time-utc",
};
const OUTPUT_NAME = "$.on";

export function readDeviceMessage(
  incoming: IncomingMessage,
  options: { sequenceNumber: number; generationId: string; now: number },
): DeviceMessage {
  const { clientId, body, isWill } = incoming;
  const who = whoIs(clientId);
  const given = Object.entries(parsePropertyBag(incoming.properties));
  const outputName = given.find(([name]) => name === OUTPUT_NAME)?.[1];
  const system = given.flatMap(([name, value]) => {
    const systemName = Object.hasOwn(SYSTEM_NAMES, name) ? SYSTEM_NAMES[name] : undefined;
    return systemName === undefined ? [] : [[systemName, value] as const];
  });
  const own = given.filter(([name]) => !Object.hasOwn(SYSTEM_NAMES, name) && name !== OUTPUT_NAME);
  // learn.microsoft.com, "Communicate with an IoT hub using the MQTT protocol", on wills.
  if (isWill) own.push(["iothub-MessageType", "Will"]);
  return {
    sequenceNumber: options.sequenceNumber,
    ...who,
    ...(outputName ? { outputName } : {}),
    body,
    properties: Object.fromEntries(own),
    systemProperties: {
      ...Object.fromEntries(system),
      "iothub-connection-device-id": who.deviceId,
      ...(who.moduleId === undefined ? {} : { "iothub-connection-module-id": who.moduleId }),
      "iothub-connection-auth-method": authMethod(incoming),
      "iothub-connection-auth-generation-id": options.generationId,
      "iothub-enqueuedtime": new Date(options.now).toISOString(),
      "iothub-message-source": "Telemetry",
    },
  };
}

/** learn.microsoft.com, "Create and read IoT Hub messages", on anti-spoofing properties. */
function authMethod({ clientId, proof }: IncomingMessage): string {
  const self = whoIs(clientId).moduleId === undefined ? "device" : "module";
  return JSON.stringify({
    scope: proof.policyName === undefined ? self : "hub",
    type: proof.kind === "token" ? "sas" : "x509",
    issuer: "iothub",
    acceptingIpFilterRule: null,
  });
}

/** What a message takes of the memory that messages may have; about. */
export function bytesOf({ clientId, properties, body }: IncomingMessage): number {
  return body.length + 2 * properties.length + 2 * resourceOf(clientId).length + 500;
}
