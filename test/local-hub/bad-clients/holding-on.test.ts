import { once } from "node:events";
import { readFile } from "node:fs/promises";
import type { Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import type { LocalHub } from "../../../src/local-hub/index.ts";
import { temporaryFolder } from "../support/hub.ts";
import { startHubProcess } from "../support/hub-process.ts";
import { ownerToken } from "../support/rest.ts";
import { announced } from "./mqtt-bytes.ts";
import { expectAlive, FACTOR } from "./unharmed.ts";
import { openTcp, openTls } from "./wire.ts";

const CLIENTS = 200;
/** The longest that the hub waits for anybody, in seconds: for the rest of a request. */
const LONGEST = 60;
const KIBIBYTE = 1024;

const UPGRADE = [
  "GET /$iothub/websocket HTTP/1.1",
  "Host: localhost",
  "Connection: Upgrade",
  "Upgrade: websocket",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
  "Sec-WebSocket-Protocol: mqtt",
  "\r\n",
].join("\r\n");

/** Who begins and does not go on; what each may make the hub hold, in KiB, its TLS included. */
const HOLDERS: Record<string, { most: number; open: (hub: LocalHub) => Promise<Socket> }> = {
  "says nothing to the port for MQTT": { most: 40, open: (hub) => openTcp(hub.mqttPort) },
  "says nothing to the port for HTTPS": { most: 40, open: (hub) => openTcp(hub.httpsPort) },
  "ends its TLS hello in the middle": {
    most: 120,
    open: async (hub) =>
      wrote(await openTcp(hub.mqttPort), Buffer.from([22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3])),
  },
  "sends no CONNECT": { most: 200, open: (hub) => openTls(hub.mqttPort, hub) },
  "sends all but the end of the largest CONNECT": {
    most: 350,
    open: async (hub) =>
      wrote(await openTls(hub.mqttPort, hub), announced(1, 80 * KIBIBYTE), Buffer.alloc(79 * KIBIBYTE)),
  },
  "sends half the head of a request": {
    most: 250,
    open: async (hub) =>
      wrote(await openTls(hub.httpsPort, hub), `GET / HTTP/1.1\r\nX: ${"x".repeat(10 * KIBIBYTE)}`),
  },
  "sends half the body of a request": {
    most: 800,
    open: async (hub) =>
      wrote(
        await openTls(hub.httpsPort, hub),
        [
          "PUT /devices/x?api-version=2021-04-12 HTTP/1.1",
          "Host: localhost",
          `Authorization: ${ownerToken(hub)}`,
          `Content-Length: ${500 * KIBIBYTE}\r\n\r\n`,
        ].join("\r\n"),
        Buffer.alloc(400 * KIBIBYTE),
      ),
  },
  "sends no CONNECT in its WebSocket": {
    most: 250,
    open: async (hub) => wrote(await openTls(hub.httpsPort, hub), UPGRADE),
  },
  "sends all but the end of the largest frame": {
    most: 900,
    open: async (hub) =>
      wrote(
        await openTls(hub.httpsPort, hub),
        UPGRADE,
        Buffer.from([0x82, 0xff, 0, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0]),
        Buffer.alloc(511 * KIBIBYTE),
      ),
  },
};

/** It takes the hub's own times, a minute and more; `BAD_CLIENTS=2` asks for it. */
test.skipIf(FACTOR < 2).each(Object.entries(HOLDERS))(
  `${CLIENTS} clients, of whom each %s, are waited for a while, and hold little meanwhile`,
  async (_what, { open, most }) => {
    const { hub, pid } = await startHubProcess(await temporaryFolder(), { devices: ["dev1"] });
    await expectAlive(hub);
    const before = await residentKib(pid);
    const sockets = await Promise.all(Array.from({ length: CLIENTS }, () => open(hub)));
    const closed = sockets.map((socket) =>
      once(socket, "close", { signal: AbortSignal.timeout(2 * LONGEST * 1000) }),
    );
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy();
    });
    await expectAlive(hub);
    const each = ((await residentKib(pid)) - before) / CLIENTS;
    process.stderr.write(`      ${each.toFixed(0)} KiB each\n`);
    await Promise.all(closed);
    await expectAlive(hub);
    expect(each).toBeLessThan(most);
  },
  150_000,
);

function wrote(socket: Socket, ...parts: Array<Buffer | string>): Socket {
  for (const part of parts) socket.write(part);
  return socket.resume();
}

async function residentKib(pid: number): Promise<number> {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(await readFile(`/proc/${pid}/status`, "utf8"))?.[1]);
}
