import * as tls from "node:tls";
import iothub, { type Client as ServiceClient } from "azure-iothub";
import { onTestFinished } from "vitest";
import type { LocalHub } from "../../../src/local-hub/index.ts";

const NO_RETRY = { shouldRetry: () => false, nextRetryTimeout: () => -1 };

/** What NODE_EXTRA_CA_CERTS does for a process, for this one: the service SDK takes no authority of its own over AMQP. */
export function trust(hub: LocalHub): void {
  const before = tls.getCACertificates("default");
  tls.setDefaultCACertificates([...before, hub.ca]);
  onTestFinished(() => tls.setDefaultCACertificates(before));
}

/** Microsoft's service client, unmodified, with its default transport; it is not connected yet. */
export function amqpClient(hub: LocalHub, connectionString = hub.serviceConnectionString): ServiceClient {
  const withPort = connectionString.replace(/HostName=[^;]*/, `HostName=localhost:${hub.amqpPort}`);
  return tended(iothub.Client.fromConnectionString(withPort));
}

/** The same over WebSockets, led to the hub's port: the SDK knows 443 only. */
export function amqpWebSocketClient(hub: LocalHub): ServiceClient {
  const connectionString = hub.serviceConnectionString.replace(/HostName=[^;]*/, "HostName=localhost");
  const client = iothub.Client.fromConnectionString(connectionString, iothub.AmqpWs);
  const transport = (client as unknown as { _transport: { _getConnectionUri(): string } })._transport;
  transport._getConnectionUri = () => `wss://localhost:${hub.httpsPort}/$iothub/websocket`;
  return tended(client);
}

function tended(client: ServiceClient): ServiceClient {
  client.setRetryPolicy(NO_RETRY);
  onTestFinished(async () => {
    await client.close().catch(() => {});
  });
  return client;
}
