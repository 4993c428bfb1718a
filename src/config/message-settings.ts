import { HOUR, MINUTE, SECOND } from "../durations.ts";
import { LONGEST_LIFE_MS } from "../rules/message-rules.ts";
import { GIBIBYTE, KIBIBYTE } from "../sizes.ts";
import { boolean, choice, plainText } from "./kinds.ts";
import { duration, size, wholeNumber } from "./numbers.ts";
import { setting } from "./setting.ts";

/** What the device tells the hub, and what the hub tells the device. */
export const MESSAGES = {
  outbox: {
    maxMessages: setting(wholeNumber({ min: 1, max: 10_000_000 }), {
      default: 100_000,
      doc: "How many messages to the hub are kept at most while they cannot be sent.",
    }),
    maxBytes: setting(size({ min: 64 * KIBIBYTE, max: 64 * GIBIBYTE }), {
      default: "64MiB",
      doc: "How many bytes of messages to the hub are kept at most, bodies and properties. The file on disk is somewhat larger.",
    }),
    whenFull: setting(choice("drop-oldest", "refuse"), {
      default: "drop-oldest",
      doc: "What gives way when a bound is reached. drop-oldest: the oldest messages of the lowest priority, never one of a higher priority than the new message. refuse: the new message, which its plugin is told.",
    }),
    timeToLive: setting(duration({ min: SECOND, max: LONGEST_LIFE_MS }), {
      default: "168h",
      doc: "How long a message is worth sending, unless it says so itself. One that is older is dropped and counted.",
    }),
    writeDelay: setting(duration({ min: 0, max: MINUTE }), {
      default: "250ms",
      doc: "How long a message may wait for the hub's acknowledgement before it is written to disk. What is acknowledged sooner costs no write at all, and what comes together is written together: an SD card lives longer. A plugin that waits for its message to be safe waits so long while the hub is out of reach.",
    }),
    inFlight: setting(wholeNumber({ min: 1, max: 1_000 }), {
      default: 8,
      doc: "How many messages are on their way to the hub at once. 1: none is sent before the hub has acknowledged the one before it, which is slow on long roads and keeps the order even if a hub loses a message.",
    }),
    drainRate: setting(wholeNumber({ min: 1, max: 100_000 }), {
      default: 50,
      doc: "How many messages of a backlog are sent in a second, at most. The hub allows a whole fleet so many (100 for each unit of S1), and direct methods must not wait.",
    }),
    drainDelay: setting(duration({ min: 0, max: HOUR }), {
      default: "5s",
      doc: "A backlog of more than a second's worth waits a random part of this after the device is back, so that a fleet does not send all at once.",
    }),
    order: setting(choice("oldest-first", "fresh-first"), {
      default: "oldest-first",
      doc: "What is sent first after an outage. oldest-first: all in the order in which it was handed over. fresh-first: what was handed over since the device is back, then the backlog; within each the order is kept.",
    }),
  },
  inbox: {
    property: setting(plainText(), {
      default: "type",
      doc: "The property of a cloud-to-device message that names its handler. A message without it, or whose handler is not there, goes to the handler named *.",
    }),
    store: setting(boolean(), {
      default: false,
      doc: "Whether a cloud-to-device message is written to disk before the hub is told that it has arrived, and kept until its handler has succeeded, over restarts too. Without it the hub is told when the handler has ended, or after 45 s.",
    }),
    attempts: setting(wholeNumber({ min: 1, max: 1_000 }), {
      default: 5,
      doc: "How often a handler that fails is given the same message, with growing waits between, before it is given up and counted.",
    }),
    timeout: setting(duration({ min: 1, max: 24 * HOUR }), {
      default: "30s",
      doc: "How long a handler of cloud-to-device messages may take, unless its plugin says otherwise.",
    }),
    queue: setting(wholeNumber({ min: 0, max: 1_000 }), {
      default: 50,
      doc: "How many cloud-to-device messages that wait for their turn are taken over from the hub, for each handler whose plugin does not say otherwise; that is after 45 s, when the hub would lose patience. The others wait too, and stay with the hub, which keeps no more than 50 for a device.",
    }),
  },
} as const;
