import { once } from "node:events";
import { connect as connectTcp } from "node:net";
import { connect as connectTls } from "node:tls";
import { expect, test } from "vitest";
import { WebSocket } from "ws";
import type { LocalHub } from "../../../src/local-hub/index.ts";
import { startTestHub } from "../support/hub.ts";
import { readStream } from "../support/messages.ts";
import { openUntendedRawDevice, type RawDevice } from "../support/raw-device.ts";
import { callMethod, callRest, ownerToken } from "../support/rest.ts";
import { keyIn, makeToken } from "../support/token.ts";

/** What of the hub, or of its clients, would keep the process from its end. */
function handles(): string[] {
  return process.getActiveResourcesInfo().filter((name) => /TCP|TLS|Timeout/.test(name));
}

/** Without a timer, which would be a handle. */
async function handlesCome(enough: (count: number) => boolean): Promise<boolean> {
  const limit = performance.now() + 4_000;
  while (!enough(handles().length)) {
    if (performance.now() > limit) return false;
    await new Promise((resolve) => setImmediate(resolve));
  }
  return true;
}

async function login(hub: LocalHub, deviceId: string): Promise<RawDevice> {
  const device = await openUntendedRawDevice(hub);
  const key = keyIn(hub.deviceConnectionString(deviceId));
  await device.login({ deviceId, password: makeToken({ resource: `localhost/devices/${deviceId}`, key }) });
  await device.subscribe([{ topic: "$iothub/methods/POST/#" }]);
  return device;
}

async function openWebSocket({ httpsPort, ca }: LocalHub, protocol: string): Promise<void> {
  const webSocket = new WebSocket(`wss://localhost:${httpsPort}/$iothub/websocket`, protocol, { ca });
  webSocket.on("error", () => {});
  await once(webSocket, "open");
}

async function openTls({ ca }: LocalHub, port: number) {
  const socket = connectTls({ host: "127.0.0.1", servername: "localhost", port, ca });
  socket.on("error", () => {});
  await once(socket, "secureConnect");
  return socket;
}

test("stop ends at once whoever is there, however far he has come, and leaves no handle open", async () => {
  const before = handles().length;
  const { hub, events } = await startTestHub({
    amqpPort: 0,
    devices: ["calling", "stalled", "delayed", "gone"],
  });
  const provisioning = await hub.startProvisioning();
  const devices = await Promise.all(["calling", "stalled", "delayed"].map((id) => login(hub, id)));
  const ports = [hub.mqttPort, hub.httpsPort, Number(hub.amqpPort)];
  for (const port of [...ports, provisioning.mqttPort, provisioning.httpsPort]) {
    const silent = connectTcp({ host: "127.0.0.1", port });
    silent.on("error", () => {});
    await Promise.all([once(silent, "connect"), openTls(hub, port)]);
  }
  const half = await openTls(hub, hub.httpsPort);
  const authorization = ownerToken(hub);
  half.write(
    `PUT /devices/a HTTP/1.1\r\nHost: a\r\nAuthorization: ${authorization}\r\nContent-Length: 9\r\n\r\n{`,
  );
  await readStream(hub, "/hubhand/messages/events");
  for (const protocol of ["mqtt", "AMQPWSB10"]) await openWebSocket(hub, protocol);
  const calls = ["calling", "gone"].map((deviceId) =>
    callMethod({ hub, deviceId, methodName: "any", connectTimeoutInSeconds: 300 }).catch(() => {}),
  );
  const waiting = hub.messages.next().catch((error: { code: string }) => error.code);
  await hub.messages.send("gone", { payload: "", expiryTimeUtc: new Date(Date.now() + 40 * 86_400_000) });
  for (const [jobId, startTime] of [
    ["now", new Date()],
    ["in 40 days", new Date(Date.now() + 40 * 86_400_000)],
  ] as const) {
    const cloudToDeviceMethod = { methodName: "any", connectTimeoutInSeconds: 300 };
    const body = { type: "scheduleDeviceMethod", queryCondition: "*", startTime, cloudToDeviceMethod };
    const path = `/jobs/v2/${jobId.replaceAll(" ", "-")}`;
    expect((await callRest({ hub, method: "PUT", path, body })).status).toBe(200);
  }
  hub.faults.add({ kind: "stall", deviceId: "stalled" });
  hub.faults.add({ kind: "delay", by: "5m", deviceId: "delayed" });
  hub.faults.add({ kind: "expire-tokens", after: "1h" });
  for (const device of devices) device.publish("$iothub/twin/GET/?$rid=1", "");

  const startedAt = performance.now();
  await hub.stop();
  expect(performance.now() - startedAt).toBeLessThan(2_000);
  await Promise.all([...calls, ...devices.map(({ closed }) => closed)]);
  expect(await waiting).toBe("ServiceUnavailable");
  expect(await handlesCome((count) => count <= before)).toBe(true);
  expect(events.filter(({ event }) => event === "fault")).toEqual([]);
});
