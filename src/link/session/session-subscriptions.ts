import { type Clock, waitAtMost } from "../../clock.ts";
import type { Identity } from "../identity.ts";
import type { RawMqttClient } from "../mqtt/raw-client.ts";
import { filtersOf, type Heard, subscribe } from "../subscription.ts";

export interface SubscriptionsOptions {
  readonly identity: Identity;
  /** The connection, if it takes what is new. */
  open(): RawMqttClient | undefined;
  /** The hub does not answer: the session is of no use. */
  unanswered(): void;
  /** The hub takes a subscription back: the same. */
  failed(error: unknown): void;
  readonly connectTimeout: number;
  readonly clock: Clock;
}

/** What one session is subscribed to. */
export interface Subscriptions {
  /** Direct methods, first of all; calls back at the SUBACK. */
  begin(client: RawMqttClient, granted: () => void): Promise<void>;
  listen(to: Heard): Promise<void>;
  /** Asks the hub for all of it again; resolves to whether the hub has confirmed it. */
  check(): Promise<boolean>;
  /** Resolves when the hub has read what was written so far, as far as can be known. */
  caughtUp(): Promise<void>;
}

/** No answer is waited for after the connection has ended: mqtt.js fails what waits for a SUBACK then. */
export function createSubscriptions(options: SubscriptionsOptions): Subscriptions {
  const { identity, open, unanswered, failed, connectTimeout, clock } = options;
  const methods = filtersOf("methods", identity);
  let all = methods;

  /** The hub answers in time, or else the session ends, and the wait with it. */
  async function inTime(answer: Promise<void>): Promise<void> {
    const stopWaiting = clock.setTimer(connectTimeout, unanswered);
    await answer.finally(stopWaiting);
  }

  return {
    begin: (client, granted) => subscribe(client, methods, granted),

    async listen(to) {
      const client = open();
      if (client === undefined) throw new Error("this session takes no subscriptions any more");
      const filters = filtersOf(to, identity);
      await inTime(subscribe(client, filters));
      all = { ...all, ...filters };
    },

    async check() {
      const client = open();
      if (client === undefined) return false;
      try {
        await inTime(subscribe(client, all));
        return true;
      } catch (error) {
        failed(error);
        return false;
      }
    },

    async caughtUp() {
      const client = open();
      if (client !== undefined) await waitAtMost(subscribe(client, methods), connectTimeout, clock);
    },
  };
}
