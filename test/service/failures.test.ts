import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import {
  createServiceClient,
  type MethodInvocation,
  type ServiceClientOptions,
} from "../../src/service/index.ts";
import { answersAsTheTutorial, startHub } from "./hub.ts";

const KEY = Buffer.alloc(32, 7).toString("base64");
const CALL: MethodInvocation = { deviceId: "pi", methodName: "DeviceMethod" };

function failureOf(options: Omit<ServiceClientOptions, "origin">, call: Partial<MethodInvocation> = {}) {
  return createServiceClient({ origin: "test", ...options })
    .invokeMethod({ ...CALL, ...call })
    .then(
      (response) => expect.fail(`answered: ${JSON.stringify(response)}`),
      (error: unknown) => error,
    );
}

/** A server that speaks no TLS. */
async function startServer(onConnection: (socket: Socket) => void): Promise<number> {
  const server: Server = createServer((socket) => {
    socket.on("error", () => {});
    onTestFinished(() => void socket.destroy());
    onConnection(socket);
  });
  onTestFinished(() => void server.close());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

const at = (port: number) => `HostName=localhost:${port};SharedAccessKeyName=service;SharedAccessKey=${KEY}`;

test("a device that the hub does not know", async () => {
  const { hub } = await startHub();
  const access = { connectionString: hub.serviceConnectionString, ca: hub.ca };
  expect(await failureOf(access)).toMatchObject({
    code: "DEVICE_UNKNOWN",
    message: `The hub localhost:${hub.httpsPort} has no device "pi". Check the id: capitals count.`,
  });
});

test.each(["no such", "../pi", "pi/methods", "漢字", ".."])(
  "an id that no device can have is no device, or refused: %s",
  async (deviceId) => {
    const { hub } = await startHub("pi");
    const access = { connectionString: hub.serviceConnectionString, ca: hub.ca };
    const failure = await failureOf(access, { deviceId });
    expect(["DEVICE_UNKNOWN", "CALL_INVALID"]).toContain((failure as { code: string }).code);
  },
);

test("a device that is not connected", async () => {
  const { hub } = await startHub("pi");
  const access = { connectionString: hub.serviceConnectionString, ca: hub.ca };
  expect(await failureOf(access)).toMatchObject({
    code: "DEVICE_OFFLINE",
    message: expect.stringMatching(/^The device "pi" is not online: .*--connect-timeout/),
  });
});

test("a device that is disabled", async () => {
  const { hub } = await startHub();
  await hub.registry.create({ deviceId: "pi", status: "disabled" });
  const access = { connectionString: hub.serviceConnectionString, ca: hub.ca };
  expect(await failureOf(access)).toMatchObject({ code: "DEVICE_DISABLED" });
});

test("a device that never answers", async () => {
  const { hub, listen } = await startHub("pi");
  await listen({ deviceId: "pi", methodName: "DeviceMethod", handler: () => {} });
  const access = { connectionString: hub.serviceConnectionString, ca: hub.ca };
  expect(await failureOf(access, { responseTimeoutSeconds: 5 })).toMatchObject({
    code: "DEVICE_SILENT",
    details: { reason: "GatewayTimeout" },
    message: expect.stringContaining("may still have run the method"),
  });
});

test("a device whose answer is over the limit", async () => {
  const { hub, listen } = await startHub("pi");
  await listen({
    deviceId: "pi",
    methodName: "DeviceMethod",
    handler: (_request, response) => response.send(200, "x".repeat(128 * 1024), () => {}),
  });
  const access = { connectionString: hub.serviceConnectionString, ca: hub.ca };
  expect(await failureOf(access)).toMatchObject({ code: "DEVICE_REPLY_INVALID" });
});

test("a hub that does not answer in its time is given up", async () => {
  const { hub, listen } = await startHub("pi");
  await listen({ deviceId: "pi", methodName: "DeviceMethod", handler: () => {} });
  // Our limit comes before the hub's: the hub is still silent then.
  const access = { connectionString: hub.serviceConnectionString, ca: hub.ca, graceMs: -4_500 };
  expect(await failureOf(access, { responseTimeoutSeconds: 5 })).toMatchObject({
    code: "DEVICE_SILENT",
    details: { reason: "timeout-answer" },
  });
});

test("a connection that breaks while the device works", async () => {
  const { hub, listen } = await startHub("pi");
  const sockets: Socket[] = [];
  const port = await startServer((socket) => {
    const onward = connect(hub.httpsPort, "127.0.0.1");
    onward.on("error", () => {});
    socket.pipe(onward).pipe(socket);
    sockets.push(socket, onward);
  });
  const handler = () => {
    for (const socket of sockets) socket.destroy();
  };
  await listen({ deviceId: "pi", methodName: "DeviceMethod", handler });
  const connectionString = hub.serviceConnectionString.replace(String(hub.httpsPort), String(port));
  expect(await failureOf({ connectionString, ca: hub.ca })).toMatchObject({
    code: "HUB_UNREACHABLE",
    message: expect.stringContaining("the device may have run the method"),
  });
});

test("a key that is wrong, and a policy that there is not", async () => {
  const { hub } = await startHub("pi");
  for (const policy of ["iothubowner", "nobody"]) {
    const connectionString = `HostName=localhost:${hub.httpsPort};SharedAccessKeyName=${policy};SharedAccessKey=${KEY}`;
    const failure = await failureOf({ connectionString, ca: hub.ca });
    expect(failure).toMatchObject({
      code: "CREDENTIALS_REFUSED",
      message: expect.stringContaining(`"${policy}"`),
    });
    expect(JSON.stringify(failure)).not.toContain(KEY);
  }
});

test("no error carries the token of its request", async () => {
  const { hub } = await startHub();
  const failure = await failureOf({ connectionString: hub.serviceConnectionString, ca: hub.ca });
  expect((failure as Error).cause).toBeUndefined();
});

test("an authority that this machine does not know, with what to do about it", async () => {
  const { hub } = await startHub("pi");
  expect(await failureOf({ connectionString: hub.serviceConnectionString })).toMatchObject({
    code: "HUB_UNREACHABLE",
    message: expect.stringContaining("--ca-file"),
  });
});

test("the authority of another hub", async () => {
  const [mine, other] = [await startHub("pi"), await startHub("pi")];
  const access = { connectionString: mine.hub.serviceConnectionString, ca: other.hub.ca };
  expect(await failureOf(access)).toMatchObject({ code: "HUB_UNREACHABLE" });
});

test("a port where nothing listens", async () => {
  const { hub } = await startHub("pi");
  const { serviceConnectionString: connectionString, ca } = hub;
  await hub.stop();
  expect(await failureOf({ connectionString, ca })).toMatchObject({
    code: "HUB_UNREACHABLE",
    details: { reason: "ECONNREFUSED" },
  });
});

test("a name that does not resolve", async () => {
  const connectionString = `HostName=hub.invalid;SharedAccessKeyName=service;SharedAccessKey=${KEY}`;
  expect(await failureOf({ connectionString })).toMatchObject({
    code: "HUB_UNREACHABLE",
    details: { reason: expect.stringMatching(/ENOTFOUND|EAI_AGAIN/) },
  });
});

test("the hub's port for devices", async () => {
  const { hub, listen } = await startHub("pi");
  await listen({ deviceId: "pi", methodName: "DeviceMethod", handler: answersAsTheTutorial });
  const connectionString = hub.serviceConnectionString.replace(String(hub.httpsPort), String(hub.mqttPort));
  expect(await failureOf({ connectionString, ca: hub.ca, graceMs: 1_000 })).toMatchObject({
    code: "HUB_UNREACHABLE",
  });
});

test("a port that speaks no TLS", async () => {
  const port = await startServer((socket) => socket.end("220 mail.example ESMTP\r\n"));
  expect(await failureOf({ connectionString: at(port) })).toMatchObject({ code: "HUB_UNREACHABLE" });
});

test("a port that takes the connection and says nothing", async () => {
  const port = await startServer(() => {});
  expect(await failureOf({ connectionString: at(port), reachMs: 200 })).toMatchObject({
    code: "HUB_UNREACHABLE",
    details: { reason: "timeout-connecting" },
  });
});
