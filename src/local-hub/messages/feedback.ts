import type { Ack, QueuedMessage } from "./cloud-message.ts";
import type { Numbered } from "./log.ts";

/** How the life of a cloud-to-device message ended. A device cannot reject one by MQTT. */
export type Settlement = "Success" | "Expired" | "DeliveryCountExceeded" | "Rejected" | "Purged";

/** What the hub tells a back end that asked for it (learn.microsoft.com, "Understand cloud-to-device messaging from an IoT hub"). */
export interface FeedbackRecord extends Numbered {
  originalMessageId: string;
  /** When the message came to its end, ISO 8601. */
  enqueuedTimeUtc: string;
  statusCode: Settlement;
  description: string;
  deviceGenerationId: string;
}

/** Whether the sender wants to know. */
export function isAsked(ack: Ack, settlement: Settlement): boolean {
  if (ack === "full") return true;
  return settlement === "Success" ? ack === "positive" : ack === "negative";
}

export function toFeedback(
  message: QueuedMessage,
  options: { settlement: Settlement; sequenceNumber: number; now: number },
): FeedbackRecord {
  const { settlement, sequenceNumber, now } = options;
  return {
    sequenceNumber,
    originalMessageId: message.messageId ?? "",
    enqueuedTimeUtc: new Date(now).toISOString(),
    statusCode: settlement,
    description: settlement,
    deviceId: message.deviceId,
    deviceGenerationId: message.generationId,
  };
}
