/**
 * IoT Hub's own fault injection: a device asks for it by properties of a device-to-cloud message, which only its
 * makers' test suites do (Azure/azure-iot-sdk-node, e2etests/test/*_disconnect.js). Each cuts but the connection it
 * came by, once.
 */
export interface Injection {
  operation: string;
  /** Whether it is one of MQTT's, the only ones there are here. */
  known: boolean;
  delayMs: number;
}

const OPERATION = "AzIoTHub_FaultOperationType";
const DELAY = "AzIoTHub_FaultOperationDelayInSecs";
const OF_MQTT = ["KillTcp", "ShutDownMqtt"];
const LONGEST_DELAY_SECONDS = 3600;

/** What a message's topic asks for; undefined for every other message, at the cost of one look. */
export function readInjection(topic: string): Injection | undefined {
  if (!topic.includes(OPERATION)) return undefined;
  const properties = new URLSearchParams(topic.slice(topic.lastIndexOf("/events/") + "/events/".length));
  const operation = properties.get(OPERATION);
  if (operation === null) return undefined;
  const seconds = Number(properties.get(DELAY) ?? 0);
  const delay = seconds >= 0 ? Math.min(seconds, LONGEST_DELAY_SECONDS) : 0;
  return { operation: operation.slice(0, 40), known: OF_MQTT.includes(operation), delayMs: delay * 1000 };
}
