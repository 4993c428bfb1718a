import { event } from "./description.ts";

/** Cloud-to-device messages, and where they wait for their handlers. */
export const INBOX_EVENTS = {
  "inbox.handler-failed": event(
    "error",
    "A handler of a message threw; the message comes again.",
    "Read `err`.",
  ),
  "inbox.handler-busy": event("debug", "A handler cannot take a message for now; it is asked again."),
  "inbox.timed-out": event(
    "error",
    "A handler of a message is over its time.",
    "Correct it, or give it more time.",
  ),
  "inbox.given-up": event(
    "error",
    "A message is given up: its handler failed each time.",
    "Correct the handler.",
  ),
  "inbox.invalid": event("warn", "A message does not fit its handler's schema; it is thrown away."),
  "inbox.without-handler": event(
    "warn",
    "A message has no handler; it is thrown away.",
    "See who sends it, and its name.",
  ),
  "inbox.malformed": event("warn", "A message's topic cannot be understood; it is thrown away."),
  "inbox.full": event("warn", "More messages come than can be handled; the hub keeps the rest. Told once."),
  "inbox.unwanted": event("warn", "Messages come and nobody takes them here; they stay with the hub."),
  "inbox.not-subscribed": event("warn", "The hub could not be asked for messages; it is asked again."),
  "inbox.resumed": event("info", "Messages of an earlier run are handled now."),
  "inbox.lost": event("error", "Messages that the hub was told of were not handled before the end."),
  "inbox.unreadable": event(
    "error",
    "Messages that were on disk can be read no more.",
    "Replace a worn card.",
  ),
  "inbox.off-disk": event(
    "error",
    "Messages cannot be kept on disk.",
    "Make room, or see whether the disk is well.",
  ),
  "inbox.on-disk": event("info", "Messages are kept on disk again."),
  "inbox.file-replaced": event(
    "error",
    "The inbox's file is damaged; a new one is begun.",
    "Replace a worn card.",
  ),
  "inbox.fault": event("error", "A fault in taking a message.", "Report it, with the line's `err`."),
};
