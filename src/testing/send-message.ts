import { systemClock } from "../clock.ts";
import { SECOND } from "../durations.ts";
import type { LocalHub } from "../local-hub/index.ts";
import { bodyOf } from "./give-message.ts";
import type { MessageToPlugin } from "./told.ts";

/** How long a message may take from the hub to its handler's end. */
const PATIENCE_MS = 30 * SECOND;

/**
 * Sends a message to the device, and waits until the device has acknowledged it.
 * @throws Error if it has not, after 30 s, or never will
 */
export async function sendAndWait(
  messages: LocalHub["messages"],
  deviceId: string,
  { payload, ...given }: MessageToPlugin & { readonly payload: unknown },
): Promise<void> {
  const settled = Promise.withResolvers<string>();
  let own: string | undefined;
  const early: { readonly originalMessageId: string; readonly statusCode: string }[] = [];
  const stop = messages.feedback.on((record) => {
    if (own === undefined) early.push(record);
    else if (record.originalMessageId === own) settled.resolve(record.statusCode);
  });
  const cancel = systemClock.setTimer(PATIENCE_MS, () =>
    settled.reject(new Error(`the device has not acknowledged the message after ${PATIENCE_MS / SECOND} s`)),
  );
  try {
    const { properties = {}, ...rest } = given;
    ({ messageId: own } = await messages.send(deviceId, {
      payload: bodyOf(payload),
      ack: "full",
      properties: { ...properties },
      ...rest,
    }));
    const before = early.find(({ originalMessageId }) => originalMessageId === own);
    const status = before?.statusCode ?? (await settled.promise);
    if (status !== "Success") throw new Error(`the message came to another end than its handler: ${status}`);
  } finally {
    stop();
    cancel();
  }
}
