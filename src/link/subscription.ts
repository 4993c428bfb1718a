import { SubscriptionRefused } from "./failure.ts";
import type { Identity } from "./identity.ts";
import type { RawMqttClient } from "./mqtt/raw-client.ts";
import { messagesFilter } from "./topics/message-topics.ts";
import { METHODS_FILTER } from "./topics/method-topics.ts";
import { TWIN_FILTERS } from "./topics/twin-topics.ts";

/** What a session can hear beside direct methods, which it always does. */
export type Heard = "twin" | "messages";

/** Filters, each with the QoS that is asked for. */
export type Filters = Readonly<Record<string, { readonly qos: 0 | 1 }>>;

/** What the hub says at QoS 0 anyway is asked for with it; messages with 1, as they are to be acknowledged. */
export function filtersOf(what: Heard | "methods", identity: Identity): Filters {
  if (what === "messages") return { [messagesFilter(identity)]: { qos: 1 } };
  const filters = what === "methods" ? [METHODS_FILTER] : TWIN_FILTERS;
  return Object.fromEntries(filters.map((filter) => [filter, { qos: 0 }]));
}

/**
 * Subscribes, for the first time or again: calls back at the SUBACK and resolves after it, as a call may come right
 * behind it. It never resolves if the SUBACK never comes.
 * @throws SubscriptionRefused for 0x80, which mqtt.js takes for a success; whatever mqtt.js says if the connection ends
 */
export function subscribe(
  client: RawMqttClient,
  filters: Filters,
  granted: () => void = () => {},
): Promise<void> {
  return new Promise((resolve, reject) => {
    client.subscribe(filters, (error, grants) => {
      if (error) return reject(error);
      if (grants?.some(({ qos }) => qos > 2)) return reject(new SubscriptionRefused());
      granted();
      resolve();
    });
  });
}
