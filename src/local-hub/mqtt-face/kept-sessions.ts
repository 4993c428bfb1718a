import type { Aedes } from "aedes";
import type { Store } from "../store/store.ts";
import { persistenceOf } from "./aedes-internals.ts";

/** A filter that a session is subscribed to, with the QoS that was granted. */
interface KeptSubscription {
  topic: string;
  qos: number;
}

/**
 * Has the store keep the sessions of the broker, so that a device which connects again need not subscribe again after a
 * restart of the hub either, as after one of the service's own. What is kept are subscriptions: messages that wait are
 * not the broker's. A change is kept before the device is told of it; one that cannot be kept ends its connection.
 */
export async function keepSessions(broker: Aedes, { store }: { store: Store }): Promise<void> {
  const persistence = persistenceOf(broker);
  const { addSubscriptions, removeSubscriptions, cleanSubscriptions } = persistence;
  const table = store.table<KeptSubscription[]>("sessions");
  const sessions = new Map<string, ReadonlyMap<string, number>>();

  for (const [id, subscriptions] of table.kept()) {
    sessions.set(id, new Map(subscriptions.map(({ topic, qos }) => [topic, qos])));
    await addSubscriptions.call(persistence, { id }, subscriptions);
  }

  function keep(id: string, session: ReadonlyMap<string, number>): void {
    if (session.size === 0) {
      forget(id);
      return;
    }
    const subscriptions = [...session].map(([topic, qos]) => ({ topic, qos }));
    table.put(id, subscriptions);
    sessions.set(id, session);
  }

  function forget(id: string): void {
    if (!sessions.has(id)) return;
    table.remove(id);
    sessions.delete(id);
  }

  persistence.addSubscriptions = async (client, subscriptions) => {
    const kept = sessions.get(client.id);
    // The broker says all of a SUBSCRIBE again for each of its filters, and devices say what is kept already.
    if (subscriptions.some(({ topic, qos }) => kept?.get(topic) !== qos)) {
      keep(
        client.id,
        new Map([...(kept ?? []), ...subscriptions.map(({ topic, qos }) => [topic, qos] as const)]),
      );
    }
    await addSubscriptions.call(persistence, client, subscriptions);
  };

  persistence.removeSubscriptions = async (client, topics) => {
    const kept = sessions.get(client.id);
    if (topics.some((topic) => kept?.has(topic))) {
      keep(client.id, new Map([...(kept ?? [])].filter(([topic]) => !topics.includes(topic))));
    }
    await removeSubscriptions.call(persistence, client, topics);
  };

  // At once, not after an await: with the identity of a device, its session goes in one piece.
  persistence.cleanSubscriptions = async (client) => {
    forget(client.id);
    await cleanSubscriptions.call(persistence, client);
  };
}
