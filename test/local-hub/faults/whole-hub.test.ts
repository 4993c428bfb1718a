import { once } from "node:events";
import { connect as connectTcp } from "node:net";
import { connect as connectTls } from "node:tls";
import { expect, test } from "vitest";
import { startTestHub } from "../support/hub.ts";
import { connectRawDevice, openRawDevice } from "../support/raw-device.ts";
import { callRest } from "../support/rest.ts";

test.each([
  ["unknown-authority", "self-signed certificate in certificate chain"],
  ["expired", "certificate has expired"],
  ["wrong-name", "Hostname/IP does not match certificate's altnames"],
  ["reset", "ECONNRESET"],
] as const)("TLS breaks: %s", async (how, expected) => {
  const { hub } = await startTestHub({ devices: ["dev1"], amqpPort: 0 });
  hub.faults.add({ kind: "break-tls", how, count: 3 });
  await expect(openRawDevice(hub)).rejects.toThrow(expected);
  await expect(callRest({ hub, path: "/devices" })).rejects.toThrow(expected);
  await expect(openRawDevice({ ...hub, mqttPort: hub.amqpPort ?? 0 })).rejects.toThrow(expected);
  await connectRawDevice({ hub, deviceId: "dev1" });
});

test("TLS that is never answered goes on when the fault is over; the port that was not named is left alone", async () => {
  const { hub } = await startTestHub();
  const fault = hub.faults.add({ kind: "break-tls", how: "silence", port: "mqtt" });
  expect((await callRest({ hub, path: "/devices" })).status).toBe(200);
  const socket = connectTls({ host: "127.0.0.1", port: hub.mqttPort, servername: "localhost", ca: hub.ca });
  await fault.hasStruck();
  fault.remove();
  await once(socket, "secureConnect");
  socket.destroy();
});

test("a client that takes a wrong certificate gets in all the same", async () => {
  const { hub } = await startTestHub({ devices: ["dev1"] });
  hub.faults.add({ kind: "break-tls", how: "unknown-authority", port: "mqtt" });
  const device = await openRawDevice(hub, { rejectUnauthorized: false });
  expect((await device.login({ hub, deviceId: "dev1" })).returnCode).toBe(0);
});

test("the hub's clock is off: its Date header, and who may come in", async () => {
  const { hub } = await startTestHub({ devices: ["dev1"] });
  const skew = hub.faults.add({ kind: "clock-skew", by: "2h" });
  const device = await openRawDevice(hub);
  expect((await device.login({ hub, deviceId: "dev1" })).returnCode).toBe(5);
  const { status, headers } = await callRest({ hub, path: "/devices" });
  expect(status).toBe(401);
  expect(Date.parse(headers.date ?? "") - Date.now()).toBeGreaterThan(110 * 60_000);
  skew.remove();
  expect((await callRest({ hub, path: "/devices" })).status).toBe(200);
});

test("a brown-out fails the same share of the same traffic with the same seed", async () => {
  async function outcomes(seed: number): Promise<string> {
    const { hub } = await startTestHub({ devices: ["dev1"] });
    hub.faults.add({ kind: "brown-out", percent: 50, seed });
    let said = "";
    for (let index = 0; index < 8; index++) {
      const device = await openRawDevice(hub);
      said += (await device.login({ hub, deviceId: "dev1" })).returnCode;
      said += (await callRest({ hub, path: "/devices" })).status === 503 ? "x" : ".";
      device.destroy();
    }
    return said;
  }
  const first = await outcomes(7);
  expect(first).toMatch(/^(?=.*0)(?=.*3)(?=.*x)(?=.*\.)[03x.]+$/);
  expect(await outcomes(7)).toBe(first);
  expect(await outcomes(8)).not.toBe(first);
});

test("a fault is over by itself when its time is", async () => {
  const { hub } = await startTestHub({ devices: ["dev1"] });
  hub.faults.add({ kind: "break-tls", how: "silence", port: "mqtt", for: 50 });
  const device = await connectRawDevice({ hub, deviceId: "dev1" });
  await device.ping();
  expect(hub.faults.list()).toEqual([]);
});

test("a hub stops while faults stand and connections are stalled", async () => {
  const { hub } = await startTestHub({ devices: ["dev1"] });
  const silent = hub.faults.add({ kind: "break-tls", how: "silence", port: "https", for: "1h" });
  const stall = hub.faults.add({ kind: "stall", at: "connack" });
  const device = await openRawDevice(hub);
  device.login({ hub, deviceId: "dev1" }).catch(() => {});
  const socket = connectTcp({ host: "127.0.0.1", port: hub.httpsPort });
  socket.on("error", () => {});
  await Promise.all([silent.hasStruck(), stall.hasStruck()]);
  await hub.stop();
  await device.closed;
});
