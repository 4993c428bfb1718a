import { type Who, whoIs } from "../client-id.ts";
import type { LogEvent } from "../events.ts";
import { HubError } from "../hub-error.ts";
import { momentOf, type Occasion } from "../wire/moments.ts";
import { fits } from "./fits.ts";
import type { Fault } from "./kinds.ts";
import { createDice } from "./random.ts";

/** A fault that was asked for, until it is taken back. */
export interface StandingFault {
  readonly id: string;
  readonly fault: Fault;
  /** How often it has struck. */
  readonly struck: number;
  /** Resolves when it is taken back. */
  readonly over: Promise<void>;
  /** Resolves when it has struck this often; rejects if it is taken back before. */
  hasStruck(count: number): Promise<void>;
}

export interface FaultTable {
  /** @throws HubError ArgumentInvalid if there is one of its id */
  add(fault: Fault): StandingFault;
  remove(id: string): boolean;
  get(id: string): StandingFault | undefined;
  list(): StandingFault[];
  clear(): void;
  /** The first that strikes at this occasion, in the order they were added; it is counted and told. */
  strike(occasion: Occasion): StandingFault | undefined;
  /** The same of one fault that does not wait for an occasion. Whether it struck. */
  strikeNow(standing: StandingFault, what: { clientId?: string; at: string }): boolean;
  /** How far off the clock is, in milliseconds. */
  skew(): number;
  /** Told of each fault that is added. */
  onAdd(listener: () => void): void;
}

interface Entry extends StandingFault {
  struck: number;
  dice: () => number;
  timer: NodeJS.Timeout | undefined;
  waiting: Set<() => void>;
  end(): void;
}

/** The faults that stand, and whether they strike. */
export function createFaultTable(options: { log: LogEvent }): FaultTable {
  const { log } = options;
  const entries = new Map<string, Entry>();
  const listeners: Array<() => void> = [];
  let made = 0;

  function remove(id: string): boolean {
    const entry = entries.get(id);
    if (entry === undefined) return false;
    entries.delete(id);
    clearTimeout(entry.timer);
    entry.end();
    for (const look of entry.waiting) look();
    return true;
  }

  function strikes(entry: Entry, what: { clientId?: string | undefined; at: string }): boolean {
    const { fault, id } = entry;
    if (fault.count !== undefined && entry.struck >= fault.count) return false;
    const likely = fault.percent === undefined ? (fault.probability ?? 1) : fault.percent / 100;
    if (likely < 1 && entry.dice() >= likely) return false;
    entry.struck++;
    const who: Partial<Who> = what.clientId === undefined ? {} : whoIs(what.clientId);
    log({ event: "fault-struck", faultId: id, kind: fault.kind, at: what.at, ...who });
    for (const look of entry.waiting) look();
    return true;
  }

  return {
    add(fault) {
      let id = fault.id;
      while (id === undefined || (fault.id === undefined && entries.has(id))) id = `fault-${++made}`;
      if (entries.has(id)) throw new HubError("ArgumentInvalid", `there is a fault ${id} already`);
      const entry = createEntry(id, fault);
      if (fault.for !== undefined) entry.timer = setTimeout(() => remove(id), fault.for).unref();
      entries.set(id, entry);
      for (const listener of listeners) listener();
      return entry;
    },
    remove,
    get: (id) => entries.get(id),
    list: () => [...entries.values()],
    clear() {
      for (const id of entries.keys()) remove(id);
    },
    strike(occasion) {
      for (const entry of entries.values()) {
        if (!fits(entry.fault, occasion)) continue;
        const clientId = "clientId" in occasion ? occasion.clientId : undefined;
        if (strikes(entry, { clientId, at: momentOf(occasion) })) return entry;
      }
      return undefined;
    },
    strikeNow(standing, what) {
      const entry = entries.get(standing.id);
      return entry !== undefined && strikes(entry, what);
    },
    skew() {
      // Asked with every look at the clock.
      if (entries.size === 0) return 0;
      let sum = 0;
      for (const { fault } of entries.values()) if (fault.kind === "clock-skew") sum += fault.by ?? 0;
      return sum;
    },
    onAdd(listener) {
      listeners.push(listener);
    },
  };
}

function createEntry(id: string, fault: Fault): Entry {
  const { promise: over, resolve } = Promise.withResolvers<void>();
  let isOver = false;
  const entry: Entry = {
    id,
    fault,
    struck: 0,
    over,
    dice: createDice(fault.seed ?? 1),
    timer: undefined,
    waiting: new Set(),
    end() {
      isOver = true;
      resolve();
    },
    hasStruck(count) {
      return new Promise((done, failed) => {
        const look = () => {
          if (entry.struck < count && !isOver) return;
          entry.waiting.delete(look);
          if (entry.struck >= count) done();
          else failed(new Error(`fault ${id} was taken back after it had struck ${entry.struck} times`));
        };
        entry.waiting.add(look);
        look();
      });
    },
  };
  return entry;
}
