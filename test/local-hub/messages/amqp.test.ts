import { once } from "node:events";
import type { Socket } from "node:net";
import { connect } from "node:tls";
import { Message } from "azure-iot-device";
import iothub from "azure-iothub";
import type { AmqpError, EventContext, Receiver, Sender } from "rhea";
import { expect, test } from "vitest";
import type { LocalHub } from "../../../src/local-hub/index.ts";
import { amqpClient, amqpWebSocketClient, trust } from "../support/amqp.ts";
import { startTestHub } from "../support/hub.ts";
import { connectReceiver, createInbox } from "../support/messages.ts";
import { ask, connectAmqp } from "../support/rhea-client.ts";
import { keyIn, makeToken } from "../support/token.ts";

async function startAmqpHub(options: Parameters<typeof startTestHub>[0] = {}) {
  const started = await startTestHub({ devices: ["dev1"], amqpPort: 0, ...options });
  trust(started.hub);
  return started;
}

test("Microsoft's service client sends a message, and is told that the device took it", async () => {
  const { hub } = await startAmqpHub();
  const client = amqpClient(hub);
  await client.open();
  const feedback = createInbox<{ data: string }>();
  const receiver = await new Promise<NodeJS.EventEmitter>((resolve, reject) => {
    client.getFeedbackReceiver((error, found) => (found ? resolve(found as never) : reject(error)));
  });
  receiver.on("message", (message: { data: Buffer }) => feedback.push({ data: String(message.data) }));

  const message = new Message('{"x":1}');
  message.messageId = "4a3f6e2c-1b5d-4c8e-9f70-8a1b2c3d4e5f";
  message.correlationId = "c1";
  message.contentType = "application/json";
  message.contentEncoding = "utf-8";
  message.ack = "full";
  message.expiryTimeUtc = Date.now() + 60_000;
  message.properties.add("color", "red & blue");
  await client.send("dev1", message);
  const { inbox } = await connectReceiver({ hub, deviceId: "dev1" });
  expect(await inbox.next()).toMatchObject({
    data: Buffer.from('{"x":1}'),
    messageId: message.messageId,
    correlationId: "c1",
    contentType: "application/json",
    contentEncoding: "utf-8",
    to: "/devices/dev1/messages/deviceBound",
    expiryTimeUtc: new Date(message.expiryTimeUtc).toISOString(),
  });
  const { data } = await feedback.next();
  expect(JSON.parse(data)).toEqual([
    {
      originalMessageId: message.messageId,
      enqueuedTimeUtc: expect.stringMatching(/Z$/),
      statusCode: "Success",
      description: "Success",
      deviceId: "dev1",
      deviceGenerationId: hub.registry.get("dev1")?.generationId,
    },
  ]);
  await client.close();
});

test("it is refused as by the service: no such device, a full queue, too large, a wrong key", async () => {
  const { hub } = await startAmqpHub();
  const client = amqpClient(hub);
  const failure = (sent: Promise<unknown>) =>
    sent.then(
      () => "none",
      (error: Error) => error.name,
    );
  expect(await failure(client.send("nobody", "x"))).toBe("DeviceNotFoundError");
  expect(await failure(client.send("dev1", "x".repeat(66_000)))).toBe("MessageTooLargeError");
  for (let count = 0; count < 50; count++) await hub.messages.send("dev1", { payload: "" });
  expect(await failure(client.send("dev1", "x"))).toBe("DeviceMaximumQueueDepthExceededError");
  expect(hub.messages.purge("dev1")).toBe(50);
  expect(await failure(client.send("dev1", "after all of that the link is as good as new"))).toBe("none");

  const owner = hub.serviceConnectionString;
  const wrongKey = amqpClient(hub, owner.replace(/SharedAccessKey=.*/, "SharedAccessKey=AAAA"));
  const refused = await wrongKey.open().catch((error: unknown) => error);
  expect(refused).toMatchObject({ amqpError: { name: "UnauthorizedError" } });
});

test("over WebSockets, at the port of the REST API, it sends too", async () => {
  const { hub } = await startTestHub({ devices: ["dev1"] });
  trust(hub);
  expect(hub.amqpPort).toBeUndefined();
  const client = amqpWebSocketClient(hub);
  await client.send("dev1", "by another way");
  expect(hub.messages.waiting("dev1")).toMatchObject([{ payload: Buffer.from("by another way") }]);
  await client.close();
});

test("bytes that are no AMQP, and clients that show no token, are ended, and the hub goes on", async () => {
  const { hub, seen } = await startAmqpHub();
  for (const bytes of [
    "GET / HTTP/1.1\r\n\r\n",
    "AMQP\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00",
    "x".repeat(70_000),
  ]) {
    const socket = await openSocket(hub);
    const closed = new Promise((resolve) => socket.once("close", resolve));
    socket.write(bytes, "latin1");
    await closed;
  }
  await seen("connection-error", { fits: ({ face }) => face === "amqp", count: 3 });
  await amqpClient(hub).open();
});

test("a connection whose token expires is ended", async () => {
  const { hub, seen } = await startAmqpHub();
  const client = iothub.Client.fromSharedAccessSignature(tokenOf(hub, { expiresIn: 1 }));
  const ended = once(client, "disconnect");
  await client.open();
  await ended;
  await seen("connection-error", { fits: ({ reason }) => reason.includes("401003") });
});

test("the hub stops with a client connected, which is told", async () => {
  const { hub } = await startAmqpHub();
  const client = amqpClient(hub);
  await client.open();
  const ended = once(client, "disconnect");
  await hub.stop();
  await ended;
});

test("by SASL PLAIN a client shows its token too; feedback that it does not accept comes again", async () => {
  const { hub } = await startAmqpHub();
  for (const messageId of ["m1", "m2"]) {
    await hub.messages.send("dev1", { payload: "", messageId, ack: "negative" });
    hub.messages.purge("dev1");
  }
  const first = connectAmqp(hub, tokenOf(hub));
  const receiver = first.open_receiver({ source: "/messages/serviceBound/feedback", autoaccept: false });
  const idsIn = async (from: Receiver): Promise<[string[], EventContext]> => {
    const [context] = (await once(from, "message")) as [EventContext];
    const { content } = (context.message as { body: { content: Buffer } }).body;
    return [
      JSON.parse(String(content)).map((record: { originalMessageId: string }) => record.originalMessageId),
      context,
    ];
  };
  const [ids, context] = await idsIn(receiver);
  expect(ids).toEqual(["m1", "m2"]);
  expect(context.message?.content_type).toBe("application/vnd.microsoft.iothub.feedback.json");
  context.delivery?.release();
  const [again] = await idsIn(receiver);
  expect(again).toEqual(ids);
  // It goes without a word on what it was given.
  (first as unknown as { socket: Socket }).socket.destroy();
  const second = connectAmqp(hub, tokenOf(hub));
  const [last] = await idsIn(second.open_receiver({ source: "/messages/serviceBound/feedback" }));
  expect(last).toEqual(ids);
  second.close();
});

test("feedback beyond what its reader grants credit for holds up nothing else on the connection", async () => {
  const { hub } = await startAmqpHub();
  const connection = connectAmqp(hub, tokenOf(hub));
  const source = "/messages/serviceBound/feedback";
  const receiver = connection.open_receiver({ source, credit_window: 0 } as never);
  receiver.add_credit(1);
  await once(receiver, "receiver_open");
  for (const messageId of ["m1", "m2"])
    await hub.messages.send("dev1", { payload: "", messageId, ack: "negative" });
  const first = once(receiver, "message");
  hub.messages.purge("dev1");
  await first;
  const { application_properties } = await ask(connection, "$cbs", { body: tokenOf(hub) });
  expect(application_properties).toMatchObject({ "status-code": 200 });
});

test("nodes that there are not, and nodes without the right, are refused; so is a wrong password", async () => {
  const { hub, seen } = await startAmqpHub();
  const closed = async (link: Receiver | Sender, event: string) => {
    const [context] = (await once(link, event)) as [EventContext];
    return ((context.receiver ?? context.sender)?.error as AmqpError | undefined)?.condition;
  };
  const connection = connectAmqp(hub, tokenOf(hub));
  expect(await closed(connection.open_receiver("/events"), "receiver_error")).toBe("amqp:not-found");
  expect(await closed(connection.open_sender("/messages/events"), "sender_error")).toBe("amqp:not-found");
  connection.close();
  // Of a resource that covers no messages.
  const narrow = connectAmqp(hub, tokenOf(hub, { path: "/devices/dev1" }));
  const refused = await closed(narrow.open_sender("/messages/devicebound"), "sender_error");
  expect(refused).toBe("amqp:unauthorized-access");
  narrow.close();
  const wrong = connectAmqp(hub, "SharedAccessSignature nonsense");
  await once(wrong, "connection_error");
  await seen("refused", { fits: ({ face }) => face === "amqp" });
});

function tokenOf(hub: LocalHub, { path = "", ...rest }: { path?: string; expiresIn?: number } = {}): string {
  const key = keyIn(hub.serviceConnectionString);
  return makeToken({ resource: `localhost:${hub.amqpPort}${path}`, key, policyName: "iothubowner", ...rest });
}

async function openSocket(hub: LocalHub) {
  const socket = connect({ host: "127.0.0.1", port: hub.amqpPort, servername: "localhost", ca: hub.ca });
  socket.on("error", () => {});
  await once(socket, "secureConnect");
  socket.resume();
  return socket;
}
