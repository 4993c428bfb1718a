import { DURATION_BUCKETS } from "./buckets.ts";
import type { Kit } from "./kit.ts";

/** As src/messages/outbox/drops.ts and src/messages/sending/sender.ts have them. */
export const DROP_REASONS = ["full", "expired", "corrupt", "poison"] as const;

/** As src/messages has them: to the hub, and from it. */
export const MESSAGE_OUTCOMES = {
  device_to_cloud: ["ok", "failed", "refused"],
  cloud_to_device: [
    "ok",
    "invalid",
    "no_handler",
    "given_up",
    "lost",
    "failed",
    "timed_out",
    "double",
    "put_off",
  ],
} as const;

export const messageInstruments = ({ counter, gauge, histogram }: Kit) => ({
  outboxMessages: gauge("hubhand_outbox_messages", "Messages to the hub that it has not acknowledged yet."),
  outboxBytes: gauge("hubhand_outbox_bytes", "Bytes of the same, bodies and properties."),
  outboxOnDisk: gauge(
    "hubhand_outbox_on_disk",
    "1 while messages can be kept on disk, 0 while they are in memory only.",
  ),
  outboxDropped: counter("hubhand_outbox_dropped_total", "Messages that were never sent, by reason.", {
    reason: { what: "why; [messages.md](../messages.md) says what each means", values: DROP_REASONS },
  }),
  outboxLimitMessages: gauge("hubhand_outbox_limit_messages", "How many messages are kept at most."),
  outboxLimitBytes: gauge("hubhand_outbox_limit_bytes", "How many bytes of messages are kept at most."),
  outboxOldest: gauge(
    "hubhand_outbox_oldest_timestamp_seconds",
    "When the oldest message that waits was handed over, in seconds since 1970; 0 if none waits.",
  ),
  inboxMessages: gauge("hubhand_inbox_messages", "Cloud-to-device messages that are not handled yet."),
  inboxOnDisk: gauge(
    "hubhand_inbox_on_disk",
    "1 while cloud-to-device messages are kept on disk, 0 while they are in memory only.",
  ),
  messages: counter("hubhand_messages_total", "Messages that were handled, by direction and outcome.", {
    direction: { what: "which way it went", values: Object.keys(MESSAGE_OUTCOMES) },
    outcome: { what: "how it ended", values: [...new Set(Object.values(MESSAGE_OUTCOMES).flat())] },
  }),
  messageDuration: histogram(
    "hubhand_message_duration_seconds",
    "Duration of the handling of a cloud-to-device message, by handler.",
    {
      labels: { handler: { what: "a handler that is there now; its series go with it" } },
      buckets: DURATION_BUCKETS,
      absent: "until the handler's first message",
    },
  ),
});

/** As src/twin has them. */
export const TWIN_OUTCOMES = {
  desired: ["applied", "refused", "failed"],
  reported: ["ok", "failed"],
} as const;

export const twinInstruments = ({ counter, gauge }: Kit) => ({
  twinUpdates: counter(
    "hubhand_twin_updates_total",
    "Changes of the device twin, by side and outcome.",
    {
      side: { what: "whose properties", values: Object.keys(TWIN_OUTCOMES) },
      outcome: { what: "how it ended", values: [...new Set(Object.values(TWIN_OUTCOMES).flat())] },
    },
    { absent: "if the twin is neither followed nor reported to" },
  ),
  twinVersion: gauge(
    "hubhand_twin_desired_version",
    "Version of the desired properties in force; 0 for none.",
  ),
});
