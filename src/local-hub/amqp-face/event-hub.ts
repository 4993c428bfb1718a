import rhea, { type AmqpError } from "rhea";
import { EVENT_HUB } from "../event-hub-name.ts";
import type { DeviceMessage } from "../messages/device-message.ts";
import type { WritableLog } from "../messages/log.ts";
import { enqueuedAt } from "./event-position.ts";

/** The one partition of the Event Hub. */
const PARTITION = "0";
const PARTITION_NODE = new RegExp(`^${EVENT_HUB}/consumergroups/[^/]+/partitions/${PARTITION}$`);

/** Whether this node, in lower case, is a partition as a consumer group reads it: of any group, as none keeps anything here. */
export function isPartition(node: string): boolean {
  return PARTITION_NODE.test(node);
}

/** Whether it is where to ask what the Event Hub has. */
export function isManagement(node: string): boolean {
  return node === "$management" || node === `${EVENT_HUB}/$management`;
}

/**
 * Leads who came with the hub's own connection string to the Event Hub: here it is the same node of the same host
 * (@azure/event-hubs 1, iothubClient.ts, which then comes again with a token for it).
 */
export function redirection(node: string, { host, port }: { host: string; port: number }): AmqpError {
  const address = `amqps://${host}:${port}/${node}`;
  return {
    condition: "amqp:link:redirect",
    description: `it is at ${address}`,
    info: { hostname: host, "network-host": host, port, address },
  } as AmqpError;
}

/** What is answered to a question about the Event Hub or its partition (@azure/event-hubs, managementClient.js). */
export function answerManagement(
  request: Record<string, unknown>,
  { log, createdAt }: { log: WritableLog<DeviceMessage>; createdAt: number },
): { status: number; description: string; body?: Record<string, unknown> } {
  const { operation, type, name, partition } = request;
  if (operation !== "READ") return { status: 400, description: "only READ can be asked for" };
  if (String(name).toLowerCase() !== EVENT_HUB) {
    return { status: 404, description: `the Event Hub of this hub is ${EVENT_HUB}` };
  }
  const time = (value: number) => rhea.types.wrap_timestamp(value);
  if (type === "com.microsoft:eventhub") {
    const body = { name, type, created_at: time(createdAt), partition_count: 1, partition_ids: [PARTITION] };
    return { status: 200, description: "OK", body };
  }
  if (type !== "com.microsoft:partition") return { status: 400, description: "there is no such type" };
  if (partition !== PARTITION) return { status: 404, description: `the only partition is ${PARTITION}` };
  const last = log.first(log.end - 1);
  const body = {
    name,
    type,
    partition,
    begin_sequence_number: rhea.types.wrap_long(log.start),
    last_enqueued_sequence_number: rhea.types.wrap_long(log.end - 1),
    last_enqueued_offset: String(log.end - 1),
    last_enqueued_time_utc: time(last ? enqueuedAt(last) : 0),
    is_partition_empty: log.start === log.end,
  };
  return { status: 200, description: "OK", body };
}
