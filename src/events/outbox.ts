import { event } from "./description.ts";

const CARD = "Replace a worn card; messages may be lost.";

/** Messages to the hub, and where they wait for it. */
export const OUTBOX_EVENTS = {
  "outbox.dropped": event(
    "warn",
    "Messages were dropped; `dropped` says how many for which reason. Told once a while.",
    "Send less, or let more be kept (`messages.*`).",
  ),
  "outbox.message-refused": event(
    "error",
    "A message can never be sent and is thrown away.",
    "The text says why.",
  ),
  "outbox.lost": event("error", "Messages in memory were lost as the agent stopped."),
  "outbox.off-disk": event(
    "error",
    "Messages are kept in memory only.",
    "Make room, or see whether the disk is well.",
  ),
  "outbox.on-disk": event("info", "Messages are kept on disk again."),
  "outbox.backlog": event("info", "A backlog is to be sent, after a wait that spreads a fleet's."),
  "outbox.backlog-sent": event("info", "The backlog is sent."),
  "outbox.taken-over": event("info", "Messages were saved from a file that had been moved aside."),
  "outbox.file-replaced": event("error", "The outbox's file cannot go on; a new one is begun.", CARD),
  "outbox.file-rewritten": event("error", "The outbox's file was written anew.", CARD),
  "outbox.journal-damaged": event("error", "What an earlier run left on disk is not whole.", CARD),
  "outbox.not-closed": event("warn", "The outbox's file could not be closed in order."),
  "outbox.fault": event(
    "error",
    "A fault in the sending of messages; it goes on.",
    "Report it, with the line's `err`.",
  ),
  "outbox.other-device": event(
    "error",
    "The connection string names another device since the start: messages are kept.",
    "Restart the agent to become it.",
  ),
  "outbox.of-others": event(
    "warn",
    "Messages of other identities are on this disk, and are not sent as this one.",
    "Remove the folders of devices that are gone.",
  ),
};
