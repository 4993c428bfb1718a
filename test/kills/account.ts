/** A message of the plugin `numbers`: which boot sent it as which on its stream and priority, and its id. */
export interface Numbered {
  readonly key: string;
  readonly boot: number;
  readonly n: number;
  readonly messageId: string;
}

/** What became of the messages that were promised. Each list is a sample for a person. */
export interface Account {
  readonly promised: number;
  /** Different ones. */
  readonly arrived: number;
  /** Arrivals of one that had arrived already. */
  readonly doubles: number;
  /** Promised, and never arrived. */
  readonly lost: readonly Numbered[];
  /** Arrived for the first time after a later one of the same stream and priority. */
  readonly outOfOrder: readonly Numbered[];
  /** Arrived again with another id, or with that of another message: nobody could recognise it. */
  readonly mistakable: readonly Numbered[];
}

/** @param arrivals in the order in which the hub had them */
export function account(promises: readonly Numbered[], arrivals: readonly Numbered[]): Account {
  const idOf = new Map<string, string>();
  const nameOf = new Map<string, string>();
  const last = new Map<string, Numbered>();
  const outOfOrder: Numbered[] = [];
  const mistakable: Numbered[] = [];
  for (const arrival of arrivals) {
    const name = named(arrival);
    const isFirst = !idOf.has(name);
    if (isFirst) {
      const before = last.get(arrival.key);
      if (before !== undefined && isLater(before, arrival)) outOfOrder.push(arrival);
      else last.set(arrival.key, arrival);
      idOf.set(name, arrival.messageId);
    }
    const isItself = (nameOf.get(arrival.messageId) ?? name) === name;
    if (!isItself || idOf.get(name) !== arrival.messageId) mistakable.push(arrival);
    nameOf.set(arrival.messageId, name);
  }
  return {
    promised: promises.length,
    arrived: idOf.size,
    doubles: arrivals.length - idOf.size,
    lost: promises.filter((promise) => idOf.get(named(promise)) !== promise.messageId),
    outOfOrder,
    mistakable,
  };
}

const named = ({ key, boot, n }: Numbered): string => `${key}:${boot}:${n}`;

const isLater = (one: Numbered, other: Numbered): boolean =>
  one.boot > other.boot || (one.boot === other.boot && one.n > other.n);
