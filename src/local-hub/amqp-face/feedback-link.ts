import type { Delivery, EventContext, Sender } from "rhea";
import rhea from "rhea";
import type { FeedbackRecord } from "../messages/feedback.ts";
import type { FeedbackQueue } from "../messages/feedback-queue.ts";
import { hasCredit, onceAttached } from "./rhea-internals.ts";

/** What the body of a message of feedback is (learn.microsoft.com, "Understand cloud-to-device messaging from an IoT hub"). */
const CONTENT_TYPE = "application/vnd.microsoft.iothub.feedback.json";

/** Hands feedback to a back end as long as it wants it; what it does not accept goes back into the queue. */
export function sendFeedback(
  sender: Sender,
  options: { queue: FeedbackQueue; hubName: string; now: () => number },
): { end(): void } {
  const { queue, hubName, now } = options;
  let ended = false;
  let sent = 0;
  const onTheWay = new Map<Delivery, FeedbackRecord[]>();

  function sendAll(): void {
    while (!ended && hasCredit(sender, sent)) {
      const records = queue.take();
      if (records === undefined) return;
      const delivery = sender.send({
        content_type: CONTENT_TYPE,
        user_id: hubName,
        creation_time: now() as never,
        body: rhea.message.data_section(Buffer.from(JSON.stringify(records.map(toDocument)))),
      });
      sent += 1;
      onTheWay.set(delivery, records);
    }
  }

  function settled({ delivery }: EventContext, accepted: boolean): void {
    const records = delivery && onTheWay.get(delivery);
    if (records === undefined) return;
    onTheWay.delete(delivery as Delivery);
    if (!accepted) queue.putBack(records);
  }

  const off = queue.onAvailable(sendAll);
  sender.on("sendable", () => onceAttached(sendAll));
  sender.on("accepted", (context: EventContext) => settled(context, true));
  // Rejected is dead-lettered, and so over too.
  sender.on("rejected", (context: EventContext) => settled(context, true));
  sender.on("released", (context: EventContext) => settled(context, false));
  return {
    end() {
      ended = true;
      off();
      const left = [...onTheWay.values()].flat();
      onTheWay.clear();
      if (left.length > 0) queue.putBack(left);
    },
  };
}

/** Without what is only this hub's. */
function toDocument({ sequenceNumber, ...record }: FeedbackRecord): Omit<FeedbackRecord, "sequenceNumber"> {
  return record;
}
