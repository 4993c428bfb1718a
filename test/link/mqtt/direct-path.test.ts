import mqtt, { type MqttClient } from "mqtt";
import { pino } from "pino";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { HubSession, IncomingCall } from "../../../src/link/hub-session.ts";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { callMethod } from "../../support/hub/call-method.ts";
import { hubOn, linkTo } from "../support/link-on-hub.ts";
import { message } from "../support/message.ts";
import { sessionsOf } from "../support/open-session.ts";

const cleanUp = cleanUpAfterEach();
const { hubWith, open } = sessionsOf(cleanUp);
afterEach(() => vi.restoreAllMocks());

/** Every mqtt.js client that the SDK makes is shown. */
function eachClient(look: (client: MqttClient) => void): void {
  const connect = mqtt.connect as (...given: unknown[]) => MqttClient;
  vi.spyOn(mqtt, "connect").mockImplementation((...given: unknown[]) => {
    const client = connect(...given);
    look(client);
    return client;
  });
}

/** What mqtt.js itself reads and sends, by kind. */
function seenByMqttJs(): string[] {
  const seen: string[] = [];
  eachClient((client) => {
    client.on("packetreceive", ({ cmd }) => seen.push(`< ${cmd}`));
    client.on("packetsend", ({ cmd }) => seen.push(`> ${cmd}`));
  });
  return seen;
}

/** An mqtt.js of another build. */
const OTHERWISE = {
  /** Nothing tells what it sends. */
  announcing(client: MqttClient) {
    const emit = client.emit.bind(client) as (event: string, ...given: unknown[]) => boolean;
    client.emit = ((event: string, ...given: unknown[]) =>
      event !== "packetsend" && emit(event, ...given)) as typeof client.emit;
  },
  /** Its socket has another reader. */
  reading(client: MqttClient) {
    (client as unknown as { stream: NodeJS.ReadableStream }).stream.on("data", () => {});
  },
  /** Handled, but never by the function that is guarded. */
  handling(client: MqttClient) {
    const { _handlePacket } = client as unknown as { _handlePacket: unknown };
    Object.defineProperty(client, "_handlePacket", { get: () => _handlePacket, set() {} });
  },
} as const;

const echo = ({ requestId }: IncomingCall, session: HubSession): void => {
  session.sendReply(requestId, 200, '"ok"');
};

describe("the way of a call", () => {
  it("goes past mqtt.js in both directions, and everything else through it", async () => {
    const seen = seenByMqttJs();
    const ordinary = vi.fn();
    const hub = await hubWith();
    const session = await open({ hub, onCall: echo, onOrdinaryPath: ordinary });
    expect(await hub.call("any", {})).toEqual({ status: 200, payload: "ok" });
    await session.listen("twin");
    await session.sendMessage(message("1"));
    expect(seen).toEqual([
      "< connack",
      "> subscribe",
      "< suback",
      "> subscribe",
      "< suback",
      "> publish",
      "< puback",
    ]);
    expect(ordinary).not.toHaveBeenCalled();
  });

  it("goes past it over WebSockets, too", async () => {
    const seen = seenByMqttJs();
    const hub = await hubOn(cleanUp);
    const { webSocketPort } = hub;
    const { link, reaches } = linkTo(cleanUp, hub, { transport: "websockets", webSocketPort });
    link.start();
    await reaches("online");
    await callMethod(hub, "pi-1", { methodName: "any" });
    expect(seen.filter((each) => each.endsWith("publish"))).toEqual([]);
  });

  it("a reply goes out before the goodbye that follows at once", async () => {
    const hub = await hubWith();
    const session = await open({ hub });
    const gone = hub.packet("disconnect");
    session.sendReply("1", 200, '"last"');
    await session.close();
    await gone;
    expect(hub.received.slice(-2)).toEqual(["publish", "disconnect"]);
  });

  it.each(["announcing", "reading", "handling"] as const)(
    "goes through mqtt.js if that is not built as we know it in %s, and this is told",
    async (part) => {
      eachClient(OTHERWISE[part]);
      const ordinary = vi.fn();
      const hub = await hubWith();
      await open({ hub, onCall: echo, onOrdinaryPath: ordinary });
      expect(await hub.call("any", {})).toEqual({ status: 200, payload: "ok" });
      expect(await hub.call("any", {})).toEqual({ status: 200, payload: "ok" });
      expect(ordinary).toHaveBeenCalledOnce();
    },
  );

  it("is told once, and not with each session", async () => {
    eachClient(OTHERWISE.announcing);
    const events: string[] = [];
    const logger = pino({}, { write: (line: string) => events.push(JSON.parse(line).event) });
    const hub = await hubOn(cleanUp);
    const { link, sessions } = linkTo(cleanUp, hub, { logger });
    link.start();
    await sessions(1);
    await hub.disconnect("pi-1");
    await sessions(2);
    expect(events.filter((event) => event === "link.ordinary-path")).toHaveLength(1);
  });
});
