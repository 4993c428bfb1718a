import { type Clock, waitAtMost } from "../../clock.ts";
import { cut } from "../../cut.ts";
import { SECOND } from "../../durations.ts";
import type { Logger } from "../../events/logger.ts";
import type { Metrics } from "../../observe/metrics/metrics.ts";
import { MEBIBYTE } from "../../sizes.ts";
import type { CloudMessage } from "./cloud-message.ts";
import { createDoubles } from "./doubles.ts";
import { createEntry, type Entry, type EntryOptions } from "./entry.ts";
import { ANY } from "./handler.ts";
import { createHandling } from "./handling.ts";
import { createLanes } from "./lanes.ts";
import type { Session } from "./receipts.ts";
import type { HandlerRegistry } from "./registry.ts";
import type { InboxStore, InboxStoreOptions, StoreStatus } from "./store/store.ts";
import { createWaitingRoom } from "./waiting-room.ts";

/**
 * The hub locks a message for a minute, and delivers it again if it is not acknowledged by then
 * (learn.microsoft.com, "Understand cloud-to-device messaging from an IoT hub").
 */
const ACKNOWLEDGE_AFTER_MS = 45 * SECOND;
/** What may be in memory only: IoT Hub delivers 50 of 64 KiB at once, IoT Edge more. */
const MOST_IN_MEMORY = { messages: 500, bytes: 16 * MEBIBYTE };
/** How much of a name that has no handler is shown. */
const SHOWN = 80;

export interface InboxOptions {
  readonly registry: HandlerRegistry;
  /** The property of a message that names its handler. */
  readonly property: string;
  /** How often a message is given to a handler that fails. */
  readonly attempts: number;
  /** Where messages are kept until they are handled; without it, in memory, and the hub keeps them meanwhile. */
  createStore?(options: Pick<InboxStoreOptions, "onFound">): InboxStore;
  /** False if the store is there only for what an earlier run has left in it. */
  readonly keepsOnDisk: boolean;
  /** How the plugins are: while some start or are broken, a message without a handler waits for them. */
  plugins(): "there" | "starting" | "broken";
  readonly metrics: Pick<Metrics, "messages" | "messageDuration" | "inboxMessages" | "inboxOnDisk">;
  readonly logger: Logger;
  readonly clock: Clock;
  /** A number in [0, 1). */
  random(): number;
}

export interface InboxStatus {
  /** Those that are in our hands, on disk or not. */
  readonly waiting: number;
  /** Of those on disk; undefined if none are kept there. */
  readonly store?: StoreStatus;
}

export interface Inbox {
  /** Takes up what an earlier run has left on disk. Never rejects. */
  open(): Promise<void>;
  /** Takes a message and sees it handled; acknowledges it when that is safe. Never throws. */
  receive(message: CloudMessage, acknowledge: () => void, session: Session): void;
  /** To be told when plugins have come, or have failed to. */
  pluginsSettled(): void;
  status(): InboxStatus;
  /**
   * Takes no more, lets those that are being handled end within so many milliseconds, aborts the rest and closes the
   * file. What was not acknowledged the hub delivers again; what is on disk is handled by the next run.
   */
  drain(milliseconds: number): Promise<void>;
}

export function createInbox(options: InboxOptions): Inbox {
  const { registry, property, metrics, logger, clock } = options;
  const doubles = createDoubles();
  const entries = new Set<Entry>();
  const waitingRoom = createWaitingRoom({ ...options, place, isDeaf, throwAway });
  /** The disk has no room for them yet: the hub keeps them. */
  let overflow: { readonly message: CloudMessage; readonly entry: Entry }[] = [];
  let bytesInMemory = 0;
  let arrivals = 0;
  let stopping = false;
  let hasToldFull = false;
  let onIdle = (): void => {};
  const store = options.createStore?.({ onFound: takeUp });
  const keeper = options.keepsOnDisk ? store : undefined;
  const handling = createHandling({ ...options, store, mayGoOn, end, place });
  const lanes = createLanes({
    limits: (handler) => registry.get(handler),
    mayRun: mayGoOn,
    run: handling.run,
    displaced: (homeless) => homeless.forEach(place),
    onMoved() {
      acknowledgeOverdue();
      if (!isBusy()) onIdle();
    },
  });
  registry.onChange(() => {
    waitingRoom.lookAgain();
    lanes.pump();
    handling.wake();
    acknowledgeOverdue();
  });

  const count = (outcome: string, by = 1): void =>
    metrics.messages.inc({ direction: "cloud_to_device", outcome }, by);
  count("ok", 0);
  tellSize();

  function tellSize(): void {
    metrics.inboxMessages.set(entries.size);
    metrics.inboxOnDisk.set(keeper?.status().onDisk === true ? 1 : 0);
  }

  function enter(given: Omit<EntryOptions, "arrived" | "order">): Entry {
    arrivals += 1;
    const entry = createEntry({ ...given, arrived: clock.now(), order: arrivals });
    entries.add(entry);
    doubles.began(entry);
    tellSize();
    return entry;
  }

  function leave(entry: Entry): void {
    entry.cancelTimer();
    entries.delete(entry);
    doubles.ended(entry);
    if (entry.row === undefined) bytesInMemory -= entry.size;
    tellSize();
  }

  /** From an earlier run. */
  function takeUp(found: Parameters<InboxStoreOptions["onFound"]>[0], unreadable: number): void {
    if (unreadable > 0) count("lost", unreadable);
    if (found.length === 0) return;
    logger.info(
      { event: "inbox.resumed", messages: found.length },
      "cloud-to-device messages of an earlier run are handled now",
    );
    for (const { row, attempts, facts } of found)
      place(enter({ facts, row, attempts, size: 0, load: () => store?.read(row) }));
  }

  function receive(message: CloudMessage, acknowledge: () => void, session: Session): void {
    if (stopping) return;
    const receipt = doubles.look({ message, acknowledge, session });
    if (receipt === undefined) {
      count("double");
      return;
    }
    const size = message.body.byteLength + JSON.stringify(message.properties).length;
    if (!fitsMemory(size)) {
      count("put_off");
      if (!hasToldFull)
        logger.warn(
          { event: "inbox.full" },
          "more cloud-to-device messages come than can be handled; the hub keeps the rest",
        );
      hasToldFull = true;
      return;
    }
    const { body: _, ...facts } = message;
    bytesInMemory += size;
    const entry = enter({ facts, receipt, size, load: () => message });
    if (keeper === undefined || (isDeaf() && options.plugins() === "there")) hand(entry);
    else if (overflow.length > 0 || !keeper.hasRoom(size)) overflow.push({ message, entry });
    else void keep(keeper, message, entry);
  }

  function isDeaf(): boolean {
    return registry.list().length === 0;
  }

  function fitsMemory(size: number): boolean {
    const inMemory = [...entries].filter(({ row }) => row === undefined).length;
    return inMemory < MOST_IN_MEMORY.messages && bytesInMemory + size <= MOST_IN_MEMORY.bytes;
  }

  async function keep(disk: InboxStore, message: CloudMessage, entry: Entry): Promise<void> {
    try {
      const row = await disk.add(message, entry.size);
      entry.row = row;
      bytesInMemory -= entry.size;
      entry.acknowledge();
      tellSize();
    } catch {
      // The store has told why: it goes as it would without.
      tellSize();
      if (stopping) {
        leave(entry);
        return;
      }
    }
    hand(entry);
  }

  /** It is handled as soon as may be; one that is not on disk is acknowledged before the hub loses patience. */
  function hand(entry: Entry): void {
    if (entry.row === undefined) {
      const left = entry.arrived + ACKNOWLEDGE_AFTER_MS - clock.now();
      entry.cancelTimer = clock.setTimer(Math.max(0, left), () => {
        entry.isOverdue = true;
        acknowledgeOverdue();
      });
    }
    place(entry);
  }

  /** As many as each handler's queue holds are taken from the hub; the others wait here, and are the hub's. */
  function acknowledgeOverdue(): void {
    // Nobody takes messages here: they are the hub's.
    if (isDeaf()) return;
    const beyond = lanes
      .all()
      .flatMap(({ handler, waiting }) => waiting.slice(registry.get(handler)?.queue ?? 0));
    const stay = new Set([...beyond, ...overflow.map(({ entry }) => entry)]);
    for (const entry of entries) if (entry.isOverdue && !stay.has(entry)) entry.acknowledge();
  }

  function place(entry: Entry): void {
    const names = [entry.facts.properties[property], entry.facts.input].filter((name) => name !== undefined);
    const own = names.find((name) => registry.get(name) !== undefined);
    const state = options.plugins();
    if (own !== undefined) lanes.add(own, entry);
    else if (registry.get(ANY) !== undefined && (names.length === 0 || state !== "starting"))
      lanes.add(ANY, entry);
    else if (state === "there" && !isDeaf()) throwAway(entry);
    else waitingRoom.add(entry);
  }

  function throwAway(entry: Entry): void {
    const { messageId, properties, input = "" } = entry.facts;
    logger.warn(
      { event: "inbox.without-handler", messageId, name: cut(properties[property] ?? input, SHOWN) },
      "a cloud-to-device message has no handler; it is thrown away",
    );
    end(entry, "no_handler");
  }

  /** It is over, however that was: the hub and the disk may forget it. */
  function end(entry: Entry, outcome: string): void {
    count(outcome);
    if (entry.row !== undefined) store?.remove(entry.row);
    entry.acknowledge();
    leave(entry);
    if (!stopping) makeUseOfRoom();
  }

  function makeUseOfRoom(): void {
    if (keeper === undefined) {
      leaveDisk();
      return;
    }
    for (let next = overflow[0]; next !== undefined; next = overflow[0]) {
      if (!keeper.hasRoom(next.entry.size)) return;
      overflow = overflow.slice(1);
      void keep(keeper, next.message, next.entry);
    }
  }

  /** Where nothing new is kept, the file goes with the last message that was left in it. */
  function leaveDisk(): void {
    if (keeper === undefined && store?.status().messages === 0) void store.discard();
  }

  /** While the agent stops, only what the hub has been told of and no disk has. */
  function mayGoOn(entry: Entry): boolean {
    return !stopping || (entry.isAcknowledged && !isOnDisk(entry));
  }

  const isOnDisk = ({ row }: Entry): boolean => row !== undefined && store?.holds(row) === true;

  function isBusy(): boolean {
    return handling.running > 0 || lanes.all().some(({ waiting }) => waiting.some(mayGoOn));
  }

  return {
    async open() {
      await store?.open();
      leaveDisk();
      tellSize();
    },
    receive,
    pluginsSettled: waitingRoom.lookAgain,
    status: () => ({
      waiting: entries.size,
      ...(keeper === undefined ? {} : { store: keeper.status() }),
    }),
    async drain(milliseconds) {
      stopping = true;
      handling.wake();
      const idle = new Promise<void>((resolve) => {
        onIdle = resolve;
      });
      if (isBusy()) await waitAtMost(idle, milliseconds, clock);
      await handling.stop();
      const lost = [...entries].filter((entry) => entry.isAcknowledged && !isOnDisk(entry));
      if (lost.length > 0) {
        count("lost", lost.length);
        logger.error(
          { event: "inbox.lost", messages: lost.length },
          "messages that the hub was told of were not handled before the end",
        );
      }
      for (const entry of entries) entry.cancelTimer();
      waitingRoom.close();
      await store?.close();
    },
  };
}
