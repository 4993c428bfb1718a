import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { createServer } from "node:tls";
import { Aedes, type Client } from "aedes";
import { createServerCertificate, openAuthority } from "../../src/local-hub/credentials/certificates.ts";
import { answer, type Reachable, useOfThisProcess } from "../support/children.ts";

/**
 * What the hub is measured by: Node's HTTPS server and aedes, joined by the shortest code that carries a call to a device
 * and back. It checks nobody, limits nothing, waits for nothing, and knows of nothing but methods.
 */
const authority = await openAuthority({ directory: undefined, now: Date.now() });
const shown = await createServerCertificate({
  authority,
  hostNames: ["localhost", "127.0.0.1"],
  now: Date.now(),
});
const tls = { cert: shown.certificate, key: shown.privateKey };
const key = Buffer.alloc(32, 1).toString("base64");

const clients = new Map<string, Client>();
const waiting = new Map<string, (reply: string) => void>();
let calls = 0;

const broker = await Aedes.createBroker({
  authorizePublish(_client, packet, done) {
    const [, status, id] = /^\$iothub\/methods\/res\/(\d+)\/\?\$rid=(.+)$/.exec(packet.topic) ?? [];
    if (id !== undefined) waiting.get(id)?.(`{"status":${status},"payload":${packet.payload}}`);
    done(null);
  },
});
broker.on("client", (client) => void clients.set(client.id, client));
broker.on("clientDisconnect", (client) => void clients.delete(client.id));

const mqtt = createServer({ ...tls, noDelay: true }, (socket) => void broker.handle(socket));
const https = createHttpsServer({ ...tls, keepAliveTimeout: 65_000 }, async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const { methodName, payload } = JSON.parse(Buffer.concat(chunks).toString());
  const id = (calls++).toString(16);
  const topic = `$iothub/methods/POST/${methodName}/?$rid=${id}`;
  waiting.set(id, (reply) => {
    waiting.delete(id);
    response.writeHead(200, {
      "content-type": "application/json",
      "content-length": Buffer.byteLength(reply),
    });
    response.end(reply);
  });
  const packet = {
    cmd: "publish",
    topic,
    payload: JSON.stringify(payload ?? null),
    qos: 0,
    retain: false,
    dup: false,
  } as const;
  clients.get(request.url?.split("/")[2] ?? "")?.publish(packet, () => {});
});

for (const server of [mqtt, https])
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const portOf = (server: { address(): unknown }) => (server.address() as AddressInfo).port;

answer({
  open({ devices }: { devices: number }): Reachable {
    const [mqttPort, httpsPort] = [portOf(mqtt), portOf(https)];
    const owner = `HostName=localhost;SharedAccessKeyName=iothubowner;SharedAccessKey=${key}`;
    const deviceConnectionStrings = Array.from(
      { length: devices },
      (_, index) => `HostName=localhost:${mqttPort};DeviceId=device-${index};SharedAccessKey=${key}`,
    );
    return {
      mqttPort,
      httpsPort,
      ca: authority.certificate,
      serviceConnectionString: owner,
      deviceConnectionStrings,
    };
  },
  use: useOfThisProcess,
  connected: () => clients.size,
});
