import { Client } from "azure-iot-device";
import type { Logger } from "pino";
import { type Clock, waitAtMost } from "../clock.ts";
import { type RawFailure, type SessionPhase, SubscriptionRefused } from "./failure.ts";
import { type HubSession, type IncomingCall, SessionFailure } from "./hub-session.ts";
import type { Identity } from "./identity.ts";
import { METHODS_FILTER, parseMethodTopic, replyTopic } from "./method-topics.ts";
import { type RawMqttClient, tappedTransport } from "./transport.ts";

/** What is the same for every session of a link. Durations in milliseconds. */
export interface SessionSettings {
  readonly identity: Identity;
  /** PEM text of the authorities to trust for the hub, in place of those that Node trusts. */
  readonly ca?: string;
  readonly keepAlive: number;
  /** From the first packet to the method SUBACK. */
  readonly connectTimeout: number;
  readonly closeTimeout: number;
  readonly tokenLifetime: number;
  /** Told to the hub in the user name: `hubhand/0.1.0`. */
  readonly productInfo: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface OpenSession {
  readonly generation: number;
  readonly signal: AbortSignal;
  onCall(call: IncomingCall, session: HubSession): void;
}

/** The SDK's policy object that never retries: reconnecting is the supervisor's, with a fresh client each time. */
const NO_RETRY = { shouldRetry: () => false, nextRetryTimeout: () => 0 };

/**
 * The SDK renews its token when this share of the token's life is left. It reconnects for that without a word and
 * without subscribing; the supervisor replaces the session earlier, so this must not happen.
 */
const SDK_RENEWAL_SHARE = 0.1;

/**
 * Opens one connection to the hub with one SDK client, and resolves when it is subscribed to direct methods: the
 * hub's SUBACK is there, so a call would arrive. The client is used for this session only and never again.
 *
 * @throws SessionFailure with the raw error and the phase, within `connectTimeout`
 */
export async function openSession(
  settings: SessionSettings,
  { generation, signal, onCall }: OpenSession,
): Promise<HubSession> {
  const { clock, logger } = settings;
  let phase: SessionPhase = "dialing";
  let raw: RawMqttClient | undefined;
  let firstError: unknown;
  let over = false;
  let closing = false;
  const end = Promise.withResolvers<RawFailure>();
  /** The socket is closed, and mqtt.js has told everyone. */
  const gone = Promise.withResolvers<void>();

  const finish = (failure: Partial<RawFailure> = {}): void => {
    if (over) return;
    over = true;
    const unansweredPing = raw?.pingResp === false;
    end.resolve({
      phase,
      ...(firstError === undefined ? {} : { error: firstError }),
      unansweredPing,
      ...failure,
    });
    // An unusable stream must not keep the SDK waiting: it takes its leave on 'close'.
    raw?.stream.destroy();
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
    client.stream.once("secureConnect", () => {
      if (phase === "dialing") phase = "connecting";
    });
    client.on("error", (error) => {
      firstError ??= error;
    });
    client.once("close", () => {
      finish();
      gone.resolve();
    });
    client.on("disconnect", () => finish()); // A server's DISCONNECT is not MQTT 3.1.1, and still a goodbye.
    if (over) client.stream.destroy(); // We gave up while the SDK was still getting ready to dial.
  };

  const Transport = tappedTransport(
    {
      onClient: tap,
      onMethod(topic, payload) {
        const parsed = parseMethodTopic(topic);
        if (parsed === undefined) logger.warn({ topic }, "the hub sent a method call with a malformed topic");
        else if (!over) onCall({ ...parsed, payload }, session);
      },
      onUndigested: (error) => logger.warn({ err: error }, "the SDK could not digest a message from the hub"),
    },
    { connectTimeoutMs: settings.connectTimeout },
  );
  const client = Client.fromConnectionString(settings.identity.connectionString, Transport);
  client.on("error", (error) => logger.debug({ err: error, generation }, "the SDK reported an error"));
  client.on("disconnect", () => finish());

  const session: HubSession = {
    generation,
    ended: end.promise,
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
  const stopTimer = clock.setTimer(settings.connectTimeout, () => finish({ timedOut: true }));
  try {
    client.setRetryPolicy(NO_RETRY);
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
    stopTimer();
    signal.removeEventListener("abort", abandon);
  }

  async function connectAndSubscribe(): Promise<void> {
    signal.throwIfAborted();
    await client.setOptions(clientOptions(settings));
    if (over) throw new Error("given up before it dialed");
    await client.open();
    phase = "subscribing";
    await subscribe(raw, () => {
      if (!over) phase = "online";
    });
  }
}

/** Calls back at the SUBACK and resolves after it, if it grants the subscription: a call may come right behind it. */
function subscribe(client: RawMqttClient | undefined, granted: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    if (client === undefined) throw new Error("the SDK connected without a connection"); // Contract broken: seen in tests.
    client.subscribe(METHODS_FILTER, { qos: 0 }, (error, grants) => {
      if (error) return reject(error);
      if (grants?.some(({ qos }) => qos > 2)) return reject(new SubscriptionRefused());
      granted();
      resolve();
    });
  });
}

function clientOptions({ ca, keepAlive, tokenLifetime, productInfo }: SessionSettings): object {
  const lifetime = Math.round(tokenLifetime / 1000);
  return {
    ...(ca === undefined ? {} : { ca }),
    keepalive: Math.max(1, Math.round(keepAlive / 1000)),
    productInfo,
    tokenRenewal: {
      tokenValidTimeInSeconds: lifetime,
      tokenRenewalMarginInSeconds: Math.round(lifetime * SDK_RENEWAL_SHARE),
    },
  };
}
