import fc from "fast-check";
import { expect, test } from "vitest";
import { describeExchange } from "../../src/commands/hub/trace.ts";
import type { Exchange, LocalHubOptions } from "../../src/local-hub/index.ts";
import { masked, maskedBytes } from "../../src/local-hub/trace/mask.ts";
import { connectDevice } from "./support/clients.ts";
import { startTestHub } from "./support/hub.ts";
import { register } from "./support/provisioning.ts";
import { connectRawDevice, deviceToken } from "./support/raw-device.ts";
import { callMethod, callRest, ownerToken } from "./support/rest.ts";
import { keyIn } from "./support/token.ts";

async function startTracedHub(options: LocalHubOptions & { devices?: string[] } = {}) {
  const exchanges: Exchange[] = [];
  const traced = await startTestHub({ ...options, trace: (exchange) => exchanges.push(exchange) });
  /** The lines, with what differs from run to run left out. */
  const lines = () =>
    exchanges.map((exchange) =>
      describeExchange(exchange)
        .replaceAll(/127\.0\.0\.1:\d+/g, "<address>")
        .replaceAll(/\d+ ms/g, "<n> ms"),
    );
  return { ...traced, exchanges, lines };
}

test("each packet and call is a line: who, which way, what", async () => {
  const { hub, lines } = await startTracedHub({ devices: ["dev1"] });
  const device = await connectRawDevice({ hub, deviceId: "dev1", methods: true });
  device.publish("devices/dev1/messages/events/a=b", '{"t":20}', { qos: 1 });
  await device.acknowledged();
  const answered = callMethod({ hub, deviceId: "dev1", methodName: "blink", payload: { times: 2 } });
  const { reply, requestId } = await device.nextCall();
  reply(200, "true");
  await answered;
  await device.ping();
  await device.disconnect();
  expect(lines()).toEqual([
    "dev1 → CONNECT user localhost/dev1/?api-version=2021-04-12, keep-alive 60 s",
    "dev1 ← CONNACK code 0",
    "dev1 → SUBSCRIBE $iothub/methods/POST/#, mid 1",
    "dev1 ← SUBACK granted 0, mid 1",
    'dev1 → PUBLISH devices/dev1/messages/events/a=b, qos 1, mid 7, 8 bytes: {"t":20}',
    "dev1 ← PUBACK mid 7",
    'caller <address> → POST /twins/dev1/methods?api-version=2021-04-12, 44 bytes: {"methodName":"blink","payload":{"times":2}}',
    `dev1 ← PUBLISH $iothub/methods/POST/blink/?$rid=${requestId}, qos 0, rid ${requestId}, 11 bytes: {"times":2}`,
    `dev1 → PUBLISH $iothub/methods/res/200/?$rid=${requestId}, qos 0, rid ${requestId}, 4 bytes: true`,
    'caller <address> ← 200 POST /twins/dev1/methods, <n> ms, 29 bytes: {"status":200,"payload":true}',
    "dev1 → PINGREQ",
    "dev1 ← PINGRESP",
    "dev1 → DISCONNECT",
  ]);
});

test("a refused login, a refused call and a registration are there too", async () => {
  const { hub, exchanges, lines } = await startTracedHub();
  await expect(connectRawDevice({ hub, deviceId: "nobody", password: "x" })).rejects.toThrow("CONNACK 5");
  await callRest({ hub, path: "/devices", authorization: null });
  const provisioning = await hub.startProvisioning({ retryAfterSeconds: 0 });
  const key = Buffer.alloc(32, 1).toString("base64");
  const attestation = { kind: "symmetricKey", primaryKey: key, secondaryKey: key } as const;
  provisioning.enrolments.add({ registrationId: "reg1", attestation });
  await register({ hub, provisioning, registrationId: "reg1", proof: { key } });
  const service = { ...hub, httpsPort: provisioning.httpsPort };
  await callRest({ hub: service, path: "/enrollments/reg1", authorization: null });
  expect(lines()).toEqual(
    expect.arrayContaining([
      "provisioning caller <address> → GET /enrollments/reg1?api-version=2021-04-12",
      expect.stringMatching(
        /^provisioning caller <address> ← 401 GET \/enrollments\/reg1, <n> ms, \d+ bytes: /,
      ),
      "nobody ← CONNACK code 5",
      "caller <address> → GET /devices?api-version=2021-04-12",
      expect.stringMatching(
        /^caller <address> ← 401 GET \/devices, <n> ms, \d+ bytes: {"Message":"ErrorCode:/,
      ),
      expect.stringMatching(/^provisioning reg1 → PUBLISH \$dps\/registrations\/PUT\/iotdps-register/),
      expect.stringMatching(/^provisioning reg1 ← PUBLISH \$dps\/registrations\/res\/20/),
    ]),
  );
  expect(JSON.stringify(exchanges)).not.toContain(key);
});

test("no key and no token is in it, wherever it went over the wire", async () => {
  const { hub, exchanges } = await startTracedHub({ devices: ["dev1"] });
  const key = keyIn(hub.deviceConnectionString("dev1"));
  const owner = keyIn(hub.serviceConnectionString);
  const device = await connectRawDevice({ hub, deviceId: "dev1" });
  device.publish("devices/dev1/messages/events/", hub.deviceConnectionString("dev1"));
  device.publish(`devices/dev1/messages/events/x=${encodeURIComponent(ownerToken(hub))}`, ownerToken(hub));
  await device.ping();
  await callRest({ hub, path: "/devices/dev1" });
  await callRest({
    hub,
    method: "PUT",
    path: "/devices/dev2",
    body: {
      deviceId: "dev2",
      authentication: { type: "sas", symmetricKey: { primaryKey: key, secondaryKey: owner } },
    },
  });
  const told = JSON.stringify(exchanges);
  expect(told).toContain("***");
  for (const token of [ownerToken(hub), deviceToken({ hub, deviceId: "dev1" })]) {
    const signature = new URLSearchParams(token.split(" ")[1]).get("sig") ?? "";
    expect(told).not.toContain(encodeURIComponent(signature));
    expect(told).not.toContain(signature);
  }
  expect(told).not.toContain(key);
  expect(told).not.toContain(owner);
});

test("a signature in a path is masked, a long payload is cut, one that is no text is only counted, and none breaks its line", () => {
  expect(masked("a".repeat(500), { limit: 200 })).toBe(`${"a".repeat(200)}…`);
  expect(masked("/blob?sv=1&sig=a%2Fb%3D&se=2", { limit: 200 })).toBe("/blob?sv=1&sig=***&se=2");
  expect(maskedBytes(Buffer.from([0xff, 0xfe, 0]), { limit: 200 })).toBe("3 bytes that are no text");
  const line = describeExchange({
    face: "mqtt",
    direction: "from-device",
    remote: "x",
    deviceId: "dev1",
    packet: "publish",
    topic: "t",
    bytes: 9,
    payload: "a\nb\u001b[31m\u2028c",
  });
  expect(line).toBe("dev1 → PUBLISH t, 9 bytes: a\\nb\\u001b[31m\\u2028c");
});

test("a key is masked in whatever document it stands, however deep in texts within texts", () => {
  const key = fc
    .uint8Array({ minLength: 16, maxLength: 64 })
    .map((bytes) => Buffer.from(bytes).toString("base64"));
  const name = fc.constantFrom("primaryKey", "secondaryKey", "symmetricKey", "PrimaryKey", "sharedAccessKey");
  fc.assert(
    fc.property(
      key,
      name,
      fc.string(),
      fc.nat(3),
      fc.constantFrom(undefined, 2),
      (secret, field, other, depth, indent) => {
        let text = JSON.stringify({ other, a: [{ [field]: secret, other }], z: other }, null, indent);
        for (let level = 0; level < depth; level++) text = JSON.stringify({ Message: text });
        expect(masked(text, { limit: 2000 })).not.toContain(secret);
        const escaped = JSON.stringify({ [field]: secret }).replace("Key", "\\u004bey");
        expect(maskedBytes(Buffer.from(escaped), { limit: 2000 })).not.toContain(secret);
        expect(masked(JSON.stringify({ Message: escaped }), { limit: 2000 })).not.toContain(secret);
        expect(
          masked(`HostName=h;SharedAccessKeyName=n;SharedAccessKey=${secret}`, { limit: 200 }),
        ).not.toContain(secret);
      },
    ),
  );
});

test("the SDK's client, and a fault, work the same with a trace", async () => {
  const { hub, lines } = await startTracedHub({ devices: ["dev1"] });
  hub.faults.add({ kind: "throttle" });
  const client = await connectDevice({ hub, deviceId: "dev1" });
  await expect(client.getTwin()).rejects.toThrow(/throttled/);
  await client.close();
  expect(lines().some((line) => /^dev1 ← PUBLISH \$iothub\/twin\/res\/429\//.test(line))).toBe(true);
});
