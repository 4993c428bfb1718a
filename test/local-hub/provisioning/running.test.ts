import { once } from "node:events";
import { request } from "node:https";
import { connect } from "node:net";
import { HttpsProxyAgent } from "https-proxy-agent";
import { expect, onTestFinished, test } from "vitest";
import { HubAgent } from "../../../src/local-hub/index.ts";
import { startProxy } from "../../support/hub/proxy.ts";
import { register, startTestProvisioning, type TestProvisioning } from "../support/provisioning.ts";
import { askProvisioning } from "../support/provisioning-device.ts";

const KEY = Buffer.alloc(32, 1).toString("base64");
const device = { registrationId: "dev1", proof: { key: KEY } };

async function startEnrolled(): Promise<TestProvisioning> {
  const started = await startTestProvisioning();
  started.provisioning.enrolments.add({
    registrationId: "dev1",
    attestation: { kind: "symmetricKey", primaryKey: KEY },
  });
  return started;
}

test("a device registers over WebSockets", async () => {
  const started = await startEnrolled();
  const webSocketAgent = new HubAgent({ httpsPort: started.provisioning.httpsPort, ca: started.hub.ca });
  expect((await register({ ...started, ...device, webSocketAgent })).status).toBe("assigned");
});

test("a device registers through an HTTP CONNECT proxy", async () => {
  const started = await startEnrolled();
  const proxy = await startProxy({ leadTo: started.provisioning.httpsPort });
  onTestFinished(() => proxy.stop());
  const webSocketAgent = new HttpsProxyAgent(proxy.url, { ca: started.hub.ca });
  expect((await register({ ...started, ...device, webSocketAgent })).status).toBe("assigned");
  expect(proxy.tunnels).toEqual(["localhost:443"]);
});

test("stopped, it is out of reach, while the hub goes on; started again, it knows the same enrolments", async () => {
  const started = await startEnrolled();
  const { hub, provisioning } = started;
  const { mqttPort, enrolments } = provisioning;
  const idle = connect({ host: "127.0.0.1", port: mqttPort });
  await once(idle, "connect");
  const dropped = once(idle, "close");
  const asker = await askProvisioning({ hub, provisioning, registrationId: "dev1", key: KEY });
  await provisioning.stop();
  await Promise.all([asker.device.closed, dropped]);
  await expect(register({ ...started, ...device })).rejects.toThrow(/ECONNREFUSED/);
  expect(hub.registry.list()).toEqual([]);

  const again = await hub.startProvisioning({ mqttPort, enrolments, retryAfterSeconds: 0 });
  expect((await register({ hub, provisioning: again, ...device })).status).toBe("assigned");
});

test("it stops with the hub", async () => {
  const started = await startEnrolled();
  await started.hub.stop();
  await expect(register({ ...started, ...device })).rejects.toThrow(/ECONNREFUSED/);
});

test("a port in use is named", async () => {
  const { hub, provisioning } = await startEnrolled();
  await expect(hub.startProvisioning({ mqttPort: provisioning.mqttPort })).rejects.toMatchObject({
    code: "PORT_IN_USE",
  });
});

test.each<[string, string, (asker: Awaited<ReturnType<typeof askProvisioning>>) => void]>([
  ["another topic", "asks nothing", ({ device: raw }) => raw.publish("$dps/else/?$rid=1", "{}")],
  [
    "a question without a number",
    "asks nothing",
    ({ device: raw }) => raw.publish("$dps/registrations/PUT/iotdps-register/", "{}"),
  ],
  [
    "QoS 2",
    "QoS 2",
    ({ device: raw }) => raw.publish("$dps/registrations/PUT/iotdps-register/?$rid=1", "{}", { qos: 2 }),
  ],
  [
    "a subscription to others' answers",
    "subscribed",
    ({ device: raw }) => raw.sendSubscribe([{ topic: "$dps/#" }]),
  ],
  [
    "too much",
    "64 KiB",
    ({ device: raw }) => raw.publish("$dps/registrations/PUT/iotdps-register/?$rid=1", "x".repeat(70_000)),
  ],
])("%s closes the connection", async (_what, reason, act) => {
  const started = await startEnrolled();
  const asker = await askProvisioning({ ...started, registrationId: "dev1", key: KEY });
  act(asker);
  await asker.device.closed;
  expect((await started.seen("refused")).reason).toContain(reason);
});

test("a request that is no WebSocket is answered 404, with the time", async () => {
  const { hub, provisioning } = await startEnrolled();
  const asked = request({
    host: "127.0.0.1",
    servername: "localhost",
    port: provisioning.httpsPort,
    ca: hub.ca,
    agent: false,
  });
  asked.end();
  const [answer] = await once(asked, "response");
  expect(answer.statusCode).toBe(404);
  expect(Date.parse(answer.headers.date)).toBeGreaterThan(Date.now() - 60_000);
  answer.resume();
});
