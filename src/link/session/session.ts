import { type Clock, waitAtMost } from "../../clock.ts";
import type { Logger } from "../../events/logger.ts";
import { prepareDialer, type Way } from "../dialing.ts";
import { MessagesUnacknowledged, type RawFailure, RepliesUnread, type SessionPhase } from "../failure.ts";
import { type HubSession, type SessionEvents, SessionFailure } from "../hub-session.ts";
import type { Identity } from "../identity.ts";
import type { DirectReading } from "../mqtt/direct-reading.ts";
import type { RawMqttClient } from "../mqtt/raw-client.ts";
import { tappedTransport } from "../mqtt/transport.ts";
import { clientOptions, createSdkClient, type SdkClient, type SdkClientOptions } from "./sdk-client.ts";
import { addressOf, unsigned } from "./session-failures.ts";
import { createSubscriptions } from "./session-subscriptions.ts";
import { createTraffic } from "./session-traffic.ts";

/** The share of the close time-out in which messages may still be acknowledged. */
const FOR_MESSAGES = 0.5;

/** What is the same for every session of a link. Durations in milliseconds. */
export interface SessionSettings extends Omit<SdkClientOptions, "ca"> {
  /** From the first packet to where the hub has proved over TLS who it is. */
  readonly dialTimeout: number;
  /** From the first packet to the method SUBACK. */
  readonly connectTimeout: number;
  readonly closeTimeout: number;
  /** A session that is connected earlier subscribes when this resolves; what it gets before is held (../until-served.ts). */
  readonly mayServe?: Promise<unknown>;
  /** The hub's port for WebSockets; 443 at Azure. */
  readonly webSocketPort: number;
  /** URL of the proxy that WebSockets go through. */
  readonly proxy?: string | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface OpenSession extends SessionEvents {
  readonly generation: number;
  readonly identity: Identity;
  readonly way: Way;
  /** PEM text of the authorities to trust for the hub, in place of those that Node trusts. */
  readonly ca?: string | undefined;
  /** Gives the attempt up. */
  readonly signal: AbortSignal;
}

/**
 * Opens one connection to the hub with one SDK client, and resolves when it is subscribed to direct methods: the
 * hub's SUBACK is there, so a call would arrive. The client is used for this session only and never again.
 *
 * @throws SessionFailure with the raw error and the phase, within `connectTimeout`
 */
export async function openSession(settings: SessionSettings, options: OpenSession): Promise<HubSession> {
  const { clock, logger } = settings;
  const { generation, identity, way, signal } = options;
  let phase: SessionPhase = "dialing";
  let raw: RawMqttClient | undefined;
  let readsDirectly = (): boolean => false;
  let firstError: unknown;
  let over = false;
  let closing = false;
  /** The goodbye goes out: mqtt.js would take what is sent now, and drop it. */
  let leaving = false;
  /** The hub is about to end it. */
  let handingOver = false;
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
    traffic.abandon();
  };

  const connection = {
    ...settings,
    identity,
    /** If it takes what is new. */
    open: () => (over || closing || handingOver ? undefined : raw),
  };
  const subscriptions = createSubscriptions({
    ...connection,
    unanswered: () => finish({ timedOut: true }),
    failed(error) {
      firstError ??= error;
      finish();
    },
  });
  const traffic = createTraffic({
    ...connection,
    generation,
    events: options,
    session: () => session,
    connection: () => (over || leaving ? undefined : raw),
    unacknowledged: () => finish({ error: new MessagesUnacknowledged() }),
    unread: () => finish({ error: new RepliesUnread() }),
  });

  const tap = (client: RawMqttClient, reading: DirectReading): void => {
    if (raw !== undefined) {
      // The SDK reconnected by itself: the new connection has no subscription of ours, and is not this session.
      logger.warn(
        { event: "link.second-connection", generation },
        "the SDK opened a second connection; this session is replaced",
      );
      client.on("error", () => {});
      finish();
      client.stream.destroy();
      return;
    }
    raw = client;
    readsDirectly = () => reading.works;
    traffic.begin(client);
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
    onMessage: traffic.take,
    onUndigested: (error: unknown) =>
      logger.warn(
        { event: "link.undigested", err: error },
        "the SDK could not digest a message from the hub",
      ),
    signal: dialing.signal,
  };
  const dial = await prepareDialer({ ...settings, way });
  const client: SdkClient = createSdkClient(identity, tappedTransport(taps, dial), (error) => {
    logger.debug({ event: "link.sdk-error", err: error, generation }, "the SDK reported an error");
  });
  client.on("disconnect", () => finish());

  const session: HubSession = {
    generation,
    way,
    identity,
    ended: end.promise,
    sendReply: traffic.sendReply,
    sendMessage: traffic.sendMessage,
    getTwin: traffic.getTwin,
    reportProperties: traffic.reportProperties,
    listen: subscriptions.listen,
    async check() {
      if (await subscriptions.check()) options.onChecked?.(session);
    },
    async delivered() {
      const settled = waitAtMost(traffic.settled(), settings.connectTimeout, clock);
      await Promise.all([subscriptions.caughtUp(), settled]);
    },
    handOver(begun) {
      handingOver = begun;
    },
    async close() {
      closing = true;
      const since = clock.now();
      // Politely only when online: the SDK's close hangs while its connection is being made or was lost.
      if (phase !== "online") finish();
      // mqtt.js waits for ever for a SUBACK that cannot come any more, unless it has seen the loss before it is closed.
      if (over && raw !== undefined) await waitAtMost(gone.promise, settings.closeTimeout, clock);
      // What the hub acknowledges yet need not be sent again by the next session.
      if (!over) await waitAtMost(traffic.settled(), settings.closeTimeout * FOR_MESSAGES, clock);
      traffic.abandon();
      leaving = true;
      const left = over ? settings.closeTimeout : settings.closeTimeout - (clock.now() - since);
      await waitAtMost(client.close(), left, clock);
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
    await settings.mayServe;
    if (over) return; // It ended while it waited, and whoever opened it knows.
    await subscriptions.begin(raw, () => {
      if (!over) phase = "online";
    });
    if (!readsDirectly() || !traffic.writesDirectly) options.onOrdinaryPath?.();
  }
}
