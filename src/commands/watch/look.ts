import { devicesQuery, quoted, type Row, type ServiceClient } from "../../service/index.ts";
import { stateOf } from "../devices/device-row.ts";
import { type Change, changesBetween, firstFindings } from "./changes.ts";
import { type DeviceFacts, readFacts } from "./device-facts.ts";

/** What a look found of one device. */
export interface Finding extends Change {
  readonly deviceId: string;
}

export interface Watcher {
  /** Looks once: what has changed since the look before; at the first, what is wrong. */
  look(): Promise<Finding[]>;
  /** How many devices there were at the last look, and how many of them connected. */
  readonly seen: { readonly all: number; readonly connected: number; readonly queries: number };
}

interface Known {
  readonly twinVersion: unknown;
  readonly facts: DeviceFacts;
}

/** Twins that are asked for in one query; a query's text has no stated limit, its answer has pages anyway. */
const AT_ONCE = 100;

/**
 * Watches devices by looking at their twins again and again. A look asks for a few words of each, and for the whole twin
 * only where its version is another than before: the hub charges a query by the size of its answer.
 */
export function createWatcher({
  client,
  condition,
}: {
  client: Pick<ServiceClient, "query">;
  condition: string | undefined;
}): Watcher {
  let known: Map<string, Known> | undefined;
  let queries = 0;

  /** A page at a time: of a whole twin only what is watched stays in memory. */
  async function* rowsOf(query: string): AsyncGenerator<Row, void, void> {
    for await (const rows of client.query(query)) {
      queries += 1;
      yield* rows;
    }
  }

  async function* changedTwins(ids: readonly string[]): AsyncGenerator<Row, void, void> {
    for (let from = 0; from < ids.length; from += AT_ONCE) {
      const some = ids.slice(from, from + AT_ONCE).map(quoted);
      yield* rowsOf(devicesQuery("*", `deviceId IN [${some.join(", ")}]`));
    }
  }

  /** The devices as they are now. */
  async function read(before: ReadonlyMap<string, Known> | undefined): Promise<Map<string, Known>> {
    const now = new Map<string, Known>();
    if (before === undefined) {
      for await (const twin of rowsOf(devicesQuery("*", condition)))
        now.set(String(twin.deviceId), knownOf(twin));
      return now;
    }
    const changed: string[] = [];
    for await (const row of rowsOf(devicesQuery("deviceId, status, connectionState, version", condition))) {
      const id = String(row.deviceId);
      const old = before.get(id);
      if (old === undefined || row.version === undefined || row.version !== old.twinVersion) changed.push(id);
      else now.set(id, { ...old, facts: { ...old.facts, state: stateOf(row) } });
    }
    for await (const twin of changedTwins(changed)) now.set(String(twin.deviceId), knownOf(twin));
    return now;
  }

  return {
    async look() {
      queries = 0;
      const before = known;
      const now = await read(before);
      known = now;
      return before === undefined ? atFirst(now) : between(before, now);
    },
    get seen() {
      const all = [...(known?.values() ?? [])];
      return { all: all.length, connected: all.filter(isConnected).length, queries };
    },
  };
}

const isConnected = ({ facts }: Known): boolean => facts.state === "connected";

const knownOf = (twin: Row): Known => ({ twinVersion: twin.version, facts: readFacts(twin) });

const of =
  (deviceId: string) =>
  (change: Change): Finding => ({ deviceId, ...change });

function atFirst(now: ReadonlyMap<string, Known>): Finding[] {
  return [...now].flatMap(([id, { facts }]) => firstFindings(facts).map(of(id)));
}

function between(before: ReadonlyMap<string, Known>, now: ReadonlyMap<string, Known>): Finding[] {
  const findings = [...now].flatMap(([id, { facts }]) => {
    const old = before.get(id);
    if (old !== undefined) return changesBetween(old.facts, facts).map(of(id));
    return [
      of(id)({ event: "appeared", words: `appeared, ${facts.state}` }),
      ...firstFindings(facts).map(of(id)),
    ];
  });
  const gone = [...before.keys()].filter((id) => !now.has(id));
  return [
    ...findings,
    ...gone.map((id) => of(id)({ event: "gone", words: "is gone, or does not fit any longer" })),
  ];
}
