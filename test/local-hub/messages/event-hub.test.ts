import { createHmac } from "node:crypto";
import { once } from "node:events";
import rhea, { type Connection, type EventContext, type Message } from "rhea";
import { expect, test } from "vitest";
import { readEventPosition } from "../../../src/local-hub/amqp-face/event-position.ts";
import type { LocalHub } from "../../../src/local-hub/index.ts";
import { startTestHub } from "../support/hub.ts";
import { connectRawDevice } from "../support/raw-device.ts";
import { ask, connectAmqp } from "../support/rhea-client.ts";
import { keyIn } from "../support/token.ts";

const PARTITION = "messages/events/ConsumerGroups/$Default/Partitions/0";

test("a client of Event Hubs asks what there is, and reads what devices sent and send", async () => {
  const { hub } = await startEventHub();
  const send = await sender(hub);
  await send("messageId%20x&%24.mid=m1&%24.ct=application%2Fjson&a=b&n", '{"x":1}');
  expect(hub.eventHubConnectionString).toBe(
    `Endpoint=sb://localhost:${hub.amqpPort}/;SharedAccessKeyName=iothubowner;SharedAccessKey=${keyIn(hub.serviceConnectionString)};EntityPath=messages/events`,
  );
  const connection = connectAmqp(hub);
  expect(await putToken(connection, eventHubToken(hub))).toBe(200);
  const about = (type: string, more = {}) =>
    ask(connection, "$management", {
      application_properties: { operation: "READ", name: "messages/events", type, ...more },
    });
  expect((await about("com.microsoft:eventhub")).body).toMatchObject({
    name: "messages/events",
    partition_count: 1,
    partition_ids: ["0"],
  });
  expect((await about("com.microsoft:partition", { partition: "0" })).body).toMatchObject({
    begin_sequence_number: 1,
    last_enqueued_sequence_number: 1,
    last_enqueued_offset: "1",
    is_partition_empty: false,
  });
  const unknown = await about("com.microsoft:partition", { partition: "7" });
  expect(unknown.application_properties).toMatchObject({ "status-code": 404 });

  const read = reader(connection, "amqp.annotation.x-opt-offset > '-1'");
  const first = await read();
  expect(first).toMatchObject({
    message_id: "m1",
    content_type: "application/json",
    application_properties: { a: "b", n: null },
    body: { content: Buffer.from('{"x":1}') },
  });
  const [message] = hub.messages.received();
  expect(first.message_annotations).toMatchObject({
    "x-opt-sequence-number": 1,
    "x-opt-offset": "1",
    "iothub-connection-device-id": "dev1",
    "iothub-message-source": "Telemetry",
  });
  const enqueued = first.message_annotations?.["x-opt-enqueued-time"] as unknown as Date;
  expect(new Date(enqueued).toISOString()).toBe(message?.systemProperties["iothub-enqueuedtime"]);
  await send("", "second");
  expect((await read()).body).toMatchObject({ content: Buffer.from("second") });
  const latest = reader(connectAmqp(hub, eventHubToken(hub)), "amqp.annotation.x-opt-sequence-number >= '2'");
  expect((await latest()).body).toMatchObject({ content: Buffer.from("second") });
});

test("tokens of other keys, of other hubs and for other nodes are refused", async () => {
  const { hub } = await startEventHub();
  const refused = async (token: string) => putToken(connectAmqp(hub), token);
  expect(await refused(eventHubToken(hub, { key: "wrong" }))).toBe(401);
  expect(await refused(eventHubToken(hub, { resource: "sb://other.net/messages/events" }))).toBe(401);
  expect(await refused(eventHubToken(hub, { expiresIn: -301 }))).toBe(401);
  const connection = connectAmqp(hub);
  await putToken(connection, eventHubToken(hub, { resource: "sb://localhost/messages/devicebound" }));
  const [{ receiver }] = (await once(connection.open_receiver(PARTITION), "receiver_error")) as [
    EventContext,
  ];
  expect(receiver?.error).toMatchObject({ condition: "amqp:unauthorized-access" });
});

test("a client that came with the hub's own connection string is led to the Event Hub", async () => {
  const { hub } = await startEventHub();
  const resource = "sb://localhost/messages/events/$management";
  const connection = connectAmqp(hub);
  expect(await putToken(connection, eventHubToken(hub, { resource, asForHub: true }))).toBe(200);
  const link = connection.open_receiver("/messages/events/$management");
  const [{ receiver }] = (await once(link, "receiver_error")) as [EventContext];
  expect(receiver?.error).toMatchObject({
    condition: "amqp:link:redirect",
    info: {
      hostname: "localhost",
      address: `amqps://localhost:${hub.amqpPort}/messages/events/$management`,
    },
  });
});

test("events beyond what their reader grants credit for wait, and hold up nothing else in its session", async () => {
  const { hub } = await startEventHub();
  const send = await sender(hub);
  for (const text of ["one", "two", "three"]) await send("", text);
  const connection = connectAmqp(hub, eventHubToken(hub));
  const read = reader(connection, "amqp.annotation.x-opt-offset > '-1'");
  expect((await read()).body).toMatchObject({ content: Buffer.from("one") });
  const { application_properties } = await ask(connection, "$management", {
    application_properties: {
      operation: "READ",
      name: "messages/events",
      type: "com.microsoft:eventhub",
    },
  });
  expect(application_properties).toMatchObject({ "status-code": 200 });
  expect((await read()).body).toMatchObject({ content: Buffer.from("two") });
});

test("a client that still speaks of a session that it has ended is served on", async () => {
  const { hub } = await startEventHub();
  const connection = connectAmqp(hub, eventHubToken(hub));
  await once(connection, "connection_open");
  const session = connection.create_session();
  session.open();
  const link = session.open_receiver(PARTITION);
  await once(link, "receiver_open");
  session.close();
  await once(session, "session_close");
  // As @azure/event-hubs does when it closes in the midst of events.
  (session as unknown as { _write_flow(): void })._write_flow();
  await (await sender(hub))("", "after");
  const read = reader(connection, "amqp.annotation.x-opt-offset > '-1'");
  expect((await read()).body).toMatchObject({ content: Buffer.from("after") });
});

test.each([
  [undefined, [3, 4, 5]],
  ["amqp.annotation.x-opt-offset > '-1'", [3, 4, 5]],
  ["amqp.annotation.x-opt-offset > '@latest'", []],
  ["amqp.annotation.x-opt-offset >= '@latest'", [5]],
  ["amqp.annotation.x-opt-offset > '4'", [5]],
  ["amqp.annotation.x-opt-sequence-number >= '4'", [4, 5]],
  ["amqp.annotation.x-opt-sequence-number > 4", [5]],
  ["amqp.annotation.x-opt-enqueued-time > '1004'", [5]],
  ["amqp.annotation.x-opt-enqueued-time >= '1004'", [4, 5]],
])("a reader that starts at %s gets what is kept from there", (selector, expected) => {
  const { from, wants } = readEventPosition(selector, { start: 3, end: 6 });
  const message = (sequenceNumber: number) => ({
    sequenceNumber,
    deviceId: "dev1",
    body: Buffer.alloc(0),
    properties: {},
    systemProperties: { "iothub-enqueuedtime": new Date(1000 + sequenceNumber).toISOString() },
  });
  const got = [3, 4, 5].filter((number) => number >= from && wants(message(number)));
  expect(got).toEqual(expected);
});

test.each(["", "amqp.annotation.x-opt-offset > ''", "amqp.annotation.x-opt-other > '1'", "1 = 1"])(
  "the position %j is refused",
  (selector) => {
    const read = () => readEventPosition(selector, { start: 1, end: 1 });
    expect(read).toThrow(expect.objectContaining({ code: "ArgumentInvalid" }));
  },
);

const startEventHub = () => startTestHub({ devices: ["dev1"], amqpPort: 0 });

async function sender(hub: LocalHub) {
  const device = await connectRawDevice({ hub, deviceId: "dev1" });
  return async (bag: string, body: string) => {
    device.publish(`devices/dev1/messages/events/${bag}`, body, { qos: 1 });
    await device.acknowledged();
  };
}

/** As @azure/core-amqp makes it: signed with the text of the key. */
function eventHubToken(
  hub: LocalHub,
  options: { resource?: string; key?: string; expiresIn?: number; asForHub?: boolean } = {},
): string {
  const { resource = `sb://localhost:${hub.amqpPort}/messages/events`, expiresIn = 3600 } = options;
  const { key = keyIn(hub.serviceConnectionString) } = options;
  const sr = encodeURIComponent(resource);
  const se = Math.floor(Date.now() / 1000) + expiresIn;
  const secret = Buffer.from(key, options.asForHub ? "base64" : "utf8");
  const sig = createHmac("sha256", secret).update(`${sr}\n${se}`).digest("base64");
  return `SharedAccessSignature sr=${sr}&sig=${encodeURIComponent(sig)}&se=${se}&skn=iothubowner`;
}

async function putToken(connection: Connection, token: string): Promise<unknown> {
  const answer = await ask(connection, "$cbs", {
    application_properties: { operation: "put-token", type: "servicebus.windows.net:sastoken", name: "any" },
    body: token,
  });
  return answer.application_properties?.["status-code"];
}

function reader(connection: Connection, selector: string): () => Promise<Message> {
  const filter = { "apache.org:selector-filter:string": rhea.types.wrap_described(selector, 0x468c00000004) };
  const receiver = connection.open_receiver({
    source: { address: PARTITION, filter },
    credit_window: 0,
  } as never);
  return async () => {
    const came = once(receiver, "message");
    receiver.add_credit(1);
    const [{ message, delivery }] = (await came) as [EventContext];
    // It need not, and must not, be acknowledged.
    expect(delivery?.remote_settled).toBe(true);
    return message as Message;
  };
}
