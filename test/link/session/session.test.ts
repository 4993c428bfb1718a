import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { describe, expect, it } from "vitest";
import type { IncomingCall } from "../../../src/link/hub-session.ts";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { createFakeClock } from "../../support/time/fake-clock.ts";
import { waitUntil } from "../../support/time/wait-until.ts";
import { sessionsOf } from "../support/open-session.ts";

const cleanUp = cleanUpAfterEach();
const { hubWith, open, failureOf } = sessionsOf(cleanUp);

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

describe("a session that is opened", () => {
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
    const clock = createFakeClock();
    const asked = hub.packet("subscribe");
    const attempt = failureOf(open({ hub, clock, connectTimeout: 300, tokenLifetime: 300_000 }));
    await asked;
    clock.advance(300);
    // The clock stands from here on: whatever waited for another time-out would not come back.
    await attempt;
    expect(clock.pending).toBe(0);
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
    const clock = createFakeClock();
    const asked = hub.packet("subscribe");
    const attempt = failureOf(open({ hub, clock, connectTimeout: 700 }));
    await asked;
    clock.advance(700);
    expect(await attempt).toMatchObject({ class: "refused", reason: "timeout-subscribing" });
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
    const clock = createFakeClock();
    const asked = hub.packet("connect");
    const attempt = failureOf(open({ hub, clock, connectTimeout: 700 }));
    await asked;
    clock.advance(700);
    expect(await attempt).toMatchObject({ class: "refused", reason: "timeout-connecting" });
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
    expect(await failureOf(open({ hub, dialTimeout: 200 }))).toMatchObject({
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
});
