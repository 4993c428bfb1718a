import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { pino } from "pino";
import { describe, expect, it } from "vitest";
import { systemClock } from "../../src/clock.ts";
import { classifyFailure, type Failure } from "../../src/link/failure.ts";
import { type HubSession, type IncomingCall, SessionFailure } from "../../src/link/hub-session.ts";
import { openSession, type SessionSettings } from "../../src/link/session.ts";
import { cleanUpAfterEach } from "../support/clean-up.ts";
import { identityOf } from "../support/identity.ts";
import { waitUntil } from "../support/wait-until.ts";
import { type Faults, type FaultyHub, startFaultyHub } from "./faulty-hub.ts";

const cleanUp = cleanUpAfterEach();

async function hubWith(faults: Faults = {}): Promise<FaultyHub> {
  const hub = await startFaultyHub(faults);
  cleanUp.add(() => hub.stop());
  return hub;
}

interface Attempt extends Partial<SessionSettings> {
  hub: Pick<FaultyHub, "connectionString"> & { ca?: string };
  signal?: AbortSignal;
  onCall?: (call: IncomingCall, session: HubSession) => void;
}

async function open({ hub, signal, onCall = () => {}, ...settings }: Attempt): Promise<HubSession> {
  const session = await openSession(
    {
      keepAlive: 40_000,
      dialTimeout: 5_000,
      connectTimeout: 5_000,
      closeTimeout: 500,
      tokenLifetime: 3_600_000,
      productInfo: "hubhand/test",
      webSocketPort: 443,
      clock: systemClock,
      logger: pino({ level: "silent" }),
      ...settings,
    },
    {
      generation: 1,
      identity: identityOf(hub.connectionString),
      way: "mqtt",
      ca: hub.ca,
      signal: signal ?? new AbortController().signal,
      onCall,
    },
  );
  cleanUp.add(() => session.close());
  return session;
}

async function failureOf(attempt: Promise<HubSession>): Promise<Failure> {
  const error = await attempt.then(
    () => expect.fail("it came online"),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(SessionFailure);
  return classifyFailure((error as SessionFailure).failure);
}

async function plainServer(
  onConnection: (server: Server) => void = () => {},
): Promise<{ connectionString: string }> {
  const server = createServer((socket) =>
    socket.on("error", () => {}).on("data", () => socket.write("HTTP/1.1 400 Bad Request\r\n\r\n")),
  );
  onConnection(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanUp.add(async () => server.close());
  const { port } = server.address() as AddressInfo;
  return {
    connectionString: `HostName=localhost:${port};DeviceId=pi-1;SharedAccessKey=${Buffer.alloc(32).toString("base64")}`,
  };
}

describe("a session", () => {
  it("is online once the hub has acknowledged the subscription, and hears calls then", async () => {
    const hub = await hubWith();
    const heard = Promise.withResolvers<IncomingCall>();
    await open({ hub, onCall: heard.resolve });
    expect(hub.received).toEqual(["connect", "subscribe"]);
    hub.publish("$iothub/methods/POST/re%20boot/?$rid=a7", '{"now":true}');
    const { methodName, requestId, payload } = await heard.promise;
    expect({ methodName, requestId }).toEqual({ methodName: "re boot", requestId: "a7" });
    expect(Buffer.from(payload).toString()).toBe('{"now":true}');
  });

  it("answers a call that comes in one segment with the SUBACK", async () => {
    const hub = await hubWith({
      callWithSuback: { topic: "$iothub/methods/POST/now/?$rid=1", payload: "null" },
    });
    const replied = hub.packet("publish");
    let taken: boolean | undefined;
    await open({
      hub,
      onCall: ({ requestId }, session) => {
        taken = session.sendReply(requestId, 200, '"at once"');
      },
    });
    await replied;
    expect(taken).toBe(true);
  });

  it("leaves nothing behind, and takes no longer, when the SUBACK never came: not a timer, not a socket", async () => {
    const hub = await hubWith({ subscribe: "silence" });
    const began = performance.now();
    await failureOf(open({ hub, connectTimeout: 300, closeTimeout: 5_000, tokenLifetime: 300_000 }));
    expect(performance.now() - began).toBeLessThan(4_000);
    await waitUntil("the hub sees it go", () => hub.open.size === 0);
  });

  it.each([0, 1, 2, 5, 10, 20])(
    "leaves no connection behind when it is given up after %i ms",
    async (delay) => {
      const hub = await hubWith({ connect: "silence" });
      const stop = new AbortController();
      const attempt = failureOf(open({ hub, signal: stop.signal }));
      setTimeout(() => stop.abort(), delay);
      await attempt;
      await waitUntil("the hub sees it go", () => hub.open.size === 0);
    },
  );

  it("is not online while the SUBACK is missing, whatever the SDK says", async () => {
    const hub = await hubWith({ subscribe: "silence" });
    const failure = await failureOf(open({ hub, connectTimeout: 700 }));
    expect(failure).toMatchObject({ class: "refused", reason: "timeout-subscribing" });
    expect(hub.received).toContain("subscribe");
  });

  it("is not online when the subscription is refused, which the SDK calls a success", async () => {
    const hub = await hubWith({ subscribe: 128 });
    expect(await failureOf(open({ hub }))).toMatchObject({ class: "refused", reason: "suback-128" });
  });

  it.each([
    [{ connect: 5 }, "unauthorized", "connack-5"],
    [{ connect: 4 }, "unauthorized", "connack-4"],
    [{ connect: 3 }, "refused", "connack-3"],
    [{ connect: "hang-up" }, "refused", "closed-connecting"],
    [{ subscribe: "hang-up" }, "refused", "closed-subscribing"],
  ] as const)("with %j fails as %s", async (faults, expected, reason) => {
    const hub = await hubWith(faults);
    expect(await failureOf(open({ hub }))).toMatchObject({ class: expected, reason });
  });

  it("gives up a hub that does not answer the login", async () => {
    const hub = await hubWith({ connect: "silence" });
    expect(await failureOf(open({ hub, connectTimeout: 700 }))).toMatchObject({
      class: "refused",
      reason: "timeout-connecting",
    });
  });

  it("tells a hub that is not there", async () => {
    const hub = await hubWith();
    await hub.stop();
    expect(await failureOf(open({ hub }))).toMatchObject({ class: "network", reason: "ECONNREFUSED" });
  });

  it("tells a name that does not resolve", async () => {
    const connectionString = `HostName=no-such-hub.invalid;DeviceId=a;SharedAccessKey=${Buffer.alloc(32).toString("base64")}`;
    const failure = await failureOf(open({ hub: { connectionString } }));
    expect(failure.class).toBe("network");
    expect(["ENOTFOUND", "EAI_AGAIN"]).toContain(failure.reason);
  });

  it("tells a port that accepts and says nothing", async () => {
    const hub = await plainServer((server) => server.removeAllListeners("connection"));
    expect(await failureOf(open({ hub, dialTimeout: 700 }))).toMatchObject({
      class: "network",
      reason: "timeout-dialing",
    });
  });

  it("tells a port that does not speak TLS", async () => {
    const hub = await plainServer();
    expect(await failureOf(open({ hub }))).toMatchObject({ class: "tls" });
  });

  it("tells a hub whose authority is not known", async () => {
    const { connectionString } = await hubWith();
    const failure = await failureOf(open({ hub: { connectionString } }));
    expect(failure.class).toBe("tls");
    expect(failure.message).toContain("hub.caFile");
  });

  it("fails as any other when TLS cannot even be tried", async () => {
    const hub = await hubWith();
    const failure = await failureOf(open({ hub: { ...hub, ca: "-----BEGIN CERTIFICATE-----\nMIIBAAAA\n" } }));
    expect(failure.class).toBe("tls");
  });

  it("knows when the hub has all that was sent", async () => {
    const hub = await hubWith();
    const session = await open({ hub });
    session.sendReply("1", 200, JSON.stringify("x".repeat(100_000)));
    await session.delivered();
    expect(hub.received.filter((kind) => kind === "publish")).toHaveLength(1);
  });

  it("does not wait for ever for a hub that reads nothing any more", async () => {
    const faults: Faults = {};
    const hub = await hubWith(faults);
    const session = await open({ hub, connectTimeout: 1_000 });
    faults.subscribe = "silence";
    await session.delivered();
    expect(session.sendReply("1", 200, "null")).toBe(true);
  });

  it("ends when the hub hangs up, and says so once", async () => {
    const hub = await hubWith();
    const session = await open({ hub });
    for (const socket of hub.open) socket.destroy();
    expect(classifyFailure(await session.ended).class).toBe("lost");
    expect(session.sendReply("1", 200, "null")).toBe(false);
  });

  it("ends when the hub stops answering pings, within two keep-alives", async () => {
    const hub = await hubWith({ ping: "silence" });
    const session = await open({ hub, keepAlive: 1000 });
    expect(classifyFailure(await session.ended)).toMatchObject({ class: "lost", reason: "keepalive" });
  });

  it.each([
    ["an acknowledgement of nothing", [0x62, 0x00], "not-understood"],
    ["a packet of no type", [0x00, 0x00], "not-understood"],
    ["a length without an end", [0x30, 0xff, 0xff, 0xff, 0xff, 0xff], "not-understood"],
    ["a second answer to the login", [0x20, 2, 0, 5], "not-understood"],
    ["the beginning of a message without an end", [0x30, 0xff, 0xff, 0xff, 0x7f, 0, 1], "keepalive"],
  ])("ends when the hub sends %s", async (_, bytes, reason) => {
    const hub = await hubWith();
    const session = await open({ hub, keepAlive: 1000 });
    for (const socket of hub.open) socket.write(Buffer.from(bytes));
    expect(classifyFailure(await session.ended)).toMatchObject({ class: "lost", reason });
  });

  it("asks for its subscription again, and ends if the hub has none for it any more", async () => {
    const faults: Faults = {};
    const hub = await hubWith(faults);
    const session = await open({ hub });
    await session.check();
    expect(session.sendReply("1", 200, "null")).toBe(true);
    faults.subscribe = 128;
    await session.check();
    expect(classifyFailure(await session.ended)).toMatchObject({ class: "lost", reason: "suback-128" });
  });

  it("ends if the hub does not say whether it still has the subscription", async () => {
    const faults: Faults = {};
    const hub = await hubWith(faults);
    const session = await open({ hub, connectTimeout: 1_000 });
    faults.subscribe = "silence";
    await session.check();
    expect(classifyFailure(await session.ended)).toMatchObject({ class: "lost", reason: "check-unanswered" });
  });

  it("closes in time even if the hub does not answer any more", async () => {
    const hub = await hubWith();
    const session = await open({ hub, closeTimeout: 300 });
    for (const socket of hub.open) socket.pause().removeAllListeners("data");
    await session.close();
    expect((await session.ended).phase).toBe("online");
  });

  it("takes no reply while it closes: it would be dropped without a word", async () => {
    const hub = await hubWith();
    const session = await open({ hub });
    expect(session.sendReply("1", 200, "null")).toBe(true);
    const closed = session.close();
    expect(session.sendReply("2", 200, "null")).toBe(false);
    await closed;
  });

  it("takes its socket along when it is told to stop while it dials", async () => {
    const hub = await hubWith({ connect: "silence" });
    const stop = new AbortController();
    const attempt = failureOf(open({ hub, signal: stop.signal }));
    await hub.packet("connect");
    const [socket] = hub.open;
    const closed = socket === undefined ? Promise.resolve() : once(socket, "close");
    stop.abort();
    await attempt;
    await closed;
    expect(hub.open.size).toBe(0);
  });

  it("survives what the SDK cannot digest: malformed topics and twins", async () => {
    const hub = await hubWith();
    const heard = Promise.withResolvers<IncomingCall>();
    await open({ hub, onCall: heard.resolve });
    hub.publish("$iothub/methods/POST/", "x");
    hub.publish("$iothub/methods/POST/%E0%A4%A/?$rid", "x");
    hub.publish("$iothub/twin/PATCH/properties/desired/?$version=1", "this is not JSON");
    hub.publish("$iothub/twin/res/abc", "neither");
    hub.publish("$iothub/methods/POST/after/?$rid=9", "null");
    expect((await heard.promise).methodName).toBe("after");
  });

  it("is over when the SDK renews its token by itself: that connection has no subscription", async () => {
    const hub = await hubWith();
    const session = await open({ hub, tokenLifetime: 2000 });
    const failure = await session.ended;
    expect(failure.phase).toBe("online");
    expect(session.sendReply("1", 200, "null")).toBe(false);
  });
});
