import { once } from "node:events";
import { connect } from "node:net";
import { expect, test } from "vitest";
import { startTestHub } from "./support/hub.ts";
import { connectRawDevice } from "./support/raw-device.ts";
import { callMethod } from "./support/rest.ts";

test("stop ends devices, calls and listeners, and leaves no handle open", async () => {
  // Of whatever the process had open before, none may have been ours afterwards.
  const handles = () =>
    process.getActiveResourcesInfo().filter((name) => /TCP|TLS|Timeout/.test(name)).length;
  const { hub, seen } = await startTestHub({ devices: ["dev1", "dev2"] });
  const device = await connectRawDevice({ hub, deviceId: "dev1", methods: true });
  const unanswered = callMethod({ hub, deviceId: "dev1", methodName: "any" });
  const waiting = callMethod({ hub, deviceId: "dev2", methodName: "any", connectTimeoutInSeconds: 300 });
  await device.nextCall();
  await seen("method-waiting");

  const before = handles();
  const answers = Promise.allSettled([unanswered, waiting]);
  await hub.stop();
  await answers;
  await device.closed;
  expect(handles()).toBeLessThan(before);
  expect(await seen("method-called", { count: 2 })).toMatchObject({ outcome: "hub-stopping" });
  expect((await seen("disconnected")).reason).toBe("the hub is stopping");
  expect(hub.isConnected("dev1")).toBe(false);
  await expect(connectRawDevice({ hub, deviceId: "dev1" })).rejects.toThrow(/ECONNREFUSED/);
});

test("stop does not wait for connections that never began their TLS handshake", async () => {
  const { hub } = await startTestHub();
  const sockets = [hub.mqttPort, hub.httpsPort].map((port) => connect({ host: "127.0.0.1", port }));
  await Promise.all(sockets.map((socket) => once(socket, "connect")));
  const closed = Promise.all(sockets.map((socket) => once(socket, "close")));
  const startedAt = performance.now();
  await hub.stop();
  await closed;
  expect(performance.now() - startedAt).toBeLessThan(5_000);
});

test("stopping twice is stopping once", async () => {
  const { hub } = await startTestHub();
  await Promise.all([hub.stop(), hub.stop()]);
  await hub.stop();
});
