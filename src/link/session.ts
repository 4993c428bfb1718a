import type { Logger } from "pino";
import { type Clock, waitAtMost } from "../clock.ts";
import { messageOf } from "../errors.ts";
import { prepareDialer, type Way } from "./dialing.ts";
import type { RawFailure, SessionPhase } from "./failure.ts";
import { type HubSession, type IncomingCall, SessionFailure } from "./hub-session.ts";
import { type Identity, IdentityFailure } from "./identity.ts";
import { isMethodTopic, parseMethodTopic, replyTopic } from "./method-topics.ts";
import type { RawMqttClient } from "./raw-client.ts";
import { clientOptions, createSdkClient, type SdkClient, type SdkClientOptions } from "./sdk-client.ts";
import { subscribeToMethods } from "./subscription.ts";
import { tappedTransport } from "./transport.ts";

/** What is the same for every session of a link. Durations in milliseconds. */
export interface SessionSettings extends Omit<SdkClientOptions, "ca"> {
  /** From the first packet to where the hub has proved over TLS who it is. */
  readonly dialTimeout: number;
  /** From the first packet to the method SUBACK. */
  readonly connectTimeout: number;
  readonly closeTimeout: number;
  /** The hub's port for WebSockets; 443 at Azure. */
  readonly webSocketPort: number;
  /** URL of the proxy that WebSockets go through. */
  readonly proxy?: string | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface OpenSession {
  readonly generation: number;
  readonly identity: Identity;
  readonly way: Way;
  /** PEM text of the authorities to trust for the hub, in place of those that Node trusts. */
  readonly ca?: string | undefined;
  /** Gives the attempt up. */
  readonly signal: AbortSignal;
  /** The other side has proved who it is, and the login goes out. */
  onLogin?(): void;
  onCall(call: IncomingCall, session: HubSession): void;
}

/**
 * Opens one connection to the hub with one SDK client, and resolves when it is subscribed to direct methods: the
 * hub's SUBACK is there, so a call would arrive. The client is used for this session only and never again.
 *
 * @throws SessionFailure with the raw error and the phase, within `connectTimeout`
 */
export async function openSession(settings: SessionSettings, options: OpenSession): Promise<HubSession> {
  const { clock, logger } = settings;
  const { generation, identity, way, signal, onCall } = options;
  let phase: SessionPhase = "dialing";
  let raw: RawMqttClient | undefined;
  let firstError: unknown;
  let over = false;
  let closing = false;
  const end = Promise.withResolvers<RawFailure>();
  /** The socket is closed, and mqtt.js has told everyone. */
  const gone = Promise.withResolvers<void>();
  const dialing = new AbortController();

  const finish = (failure: Partial<RawFailure> = {}): void => {
    if (over) return;
    over = true;
    const unansweredPing = raw?.pingResp === false;
    end.resolve({
      phase,
      address: addressOf(identity, settings, way),
      viaProxy: way === "websockets" && settings.proxy !== undefined,
      ...(firstError === undefined ? {} : { error: firstError }),
      unansweredPing,
      ...failure,
    });
    // An unusable stream must not keep the SDK waiting: it takes its leave on 'close'.
    raw?.stream.destroy();
    dialing.abort();
  };

  const tap = (client: RawMqttClient): void => {
    if (raw !== undefined) {
      // The SDK reconnected by itself: the new connection has no subscription of ours, and is not this session.
      logger.warn({ generation }, "the SDK opened a second connection; this session is replaced");
      client.on("error", () => {});
      finish();
      client.stream.destroy();
      return;
    }
    raw = client;
    const noteError = (error: unknown): void => {
      firstError ??= error;
    };
    client.on("error", noteError);
    // mqtt.js passes on only the errors that it knows: not a proxy's refusal.
    client.stream.on("error", noteError);
    client.once("close", () => {
      finish();
      gone.resolve();
    });
    client.on("disconnect", () => finish()); // A server's DISCONNECT is not MQTT 3.1.1, and still a goodbye.
    if (over) client.stream.destroy(); // We gave up while the SDK was still getting ready to dial.
  };

  const taps = {
    onClient: tap,
    onSecured() {
      if (phase !== "dialing") return;
      phase = "connecting";
      options.onLogin?.();
    },
    onMessage(topic: string, payload: Uint8Array): boolean {
      if (!isMethodTopic(topic)) return false;
      const parsed = parseMethodTopic(topic);
      if (parsed === undefined) logger.warn({ topic }, "the hub sent a method call with a malformed topic");
      else if (!over) onCall({ ...parsed, payload }, session);
      return true;
    },
    onUndigested: (error: unknown) =>
      logger.warn({ err: error }, "the SDK could not digest a message from the hub"),
    signal: dialing.signal,
  };
  const dial = await prepareDialer({ ...settings, way });
  const client: SdkClient = createSdkClient(identity, tappedTransport(taps, dial), (error) => {
    logger.debug({ err: error, generation }, "the SDK reported an error");
  });
  client.on("disconnect", () => finish());

  const session: HubSession = {
    generation,
    way,
    identity,
    ended: end.promise,
    async check() {
      if (over || closing || raw === undefined) return;
      const stopWaiting = clock.setTimer(settings.connectTimeout, () => finish({ timedOut: true }));
      const subscribed = subscribeToMethods(raw).catch((error: unknown) => {
        firstError ??= error;
        finish();
      });
      await Promise.race([subscribed, end.promise]);
      stopWaiting();
    },
    async delivered() {
      if (over || closing || raw === undefined) return;
      const answered = waitAtMost(subscribeToMethods(raw), settings.connectTimeout, clock);
      await Promise.race([answered, end.promise]);
    },
    sendReply(requestId, status, body) {
      // mqtt.js would take it while it says goodbye, and drop it.
      if (over || closing || raw === undefined) return false;
      raw.publish(replyTopic(requestId, status), body, { qos: 0 }, (error) => {
        if (error) logger.debug({ err: error, requestId, generation }, "a reply was not written");
      });
      return true;
    },
    async close() {
      closing = true;
      // Politely only when online: the SDK's close hangs while its connection is being made or was lost.
      if (phase !== "online") finish();
      // mqtt.js waits for ever for a SUBACK that cannot come any more, unless it has seen the loss before it is closed.
      if (over && raw !== undefined) await waitAtMost(gone.promise, settings.closeTimeout, clock);
      await waitAtMost(client.close(), settings.closeTimeout, clock);
      finish();
    },
  };

  const abandon = (): void => finish();
  signal.addEventListener("abort", abandon, { once: true });
  const giveUp = (): void => finish({ timedOut: true });
  const stopTimers = [
    clock.setTimer(settings.connectTimeout, giveUp),
    clock.setTimer(settings.dialTimeout, () => phase === "dialing" && giveUp()),
  ];
  try {
    const ready = connectAndSubscribe();
    ready.catch(() => {}); // It may lose the race, and reject later.
    await Promise.race([ready, end.promise.then((failure) => Promise.reject(new SessionFailure(failure)))]);
    return session;
  } catch (error) {
    if (!(error instanceof SessionFailure)) firstError ??= error;
    finish();
    const failure = await end.promise;
    await session.close();
    throw new SessionFailure(failure);
  } finally {
    for (const stop of stopTimers) stop();
    signal.removeEventListener("abort", abandon);
  }

  async function connectAndSubscribe(): Promise<void> {
    signal.throwIfAborted();
    const ca = options.ca === undefined ? {} : { ca: options.ca };
    await client.setOptions(clientOptions(identity, { ...settings, ...ca }));
    if (over) throw new Error("given up before it dialed");
    await client.open().catch((error: unknown) => {
      throw raw === undefined && !over ? unsigned(identity, error) : error;
    });
    if (raw === undefined) throw new Error("the SDK connected without a connection"); // Contract broken: seen in tests.
    phase = "subscribing";
    await subscribeToMethods(raw, () => {
      if (!over) phase = "online";
    });
  }
}

/** The SDK did not come as far as dialing: its token could not be made. */
function unsigned({ proof }: Identity, cause: unknown): IdentityFailure {
  const byEdge = proof.kind === "edge-workload";
  const who = byEdge ? "IoT Edge's workload API does not sign the login" : "the login could not be made";
  const message = `${who}: ${messageOf(cause)}${byEdge ? ". Does its runtime run, and may this user reach it?" : ""}`;
  return new IdentityFailure(
    { class: "network", reason: byEdge ? "workload-unsigned" : "login-unsigned", message },
    cause,
  );
}

/** `host:port` that this way leads to. */
function addressOf(
  { hostName, gatewayHostName }: Identity,
  { webSocketPort }: SessionSettings,
  way: Way,
): string {
  const [host, port = "8883"] = (gatewayHostName ?? hostName).split(":");
  return `${host}:${way === "mqtt" ? port : webSocketPort}`;
}
