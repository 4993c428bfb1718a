import { systemClock } from "../clock.ts";
import { SECOND } from "../durations.ts";
import type { DeviceMessage, LocalHub } from "../local-hub/index.ts";
import { readableBody } from "./test-messages.ts";
import type { HubMessage } from "./told.ts";

/** How long a message may take from a task or handler to the hub. */
const PATIENCE_MS = 30 * SECOND;

/**
 * Waits until the hub has so many messages of the device.
 * @returns all that it has
 * @throws Error after 30 s, with how many there are
 */
export async function receivedMessages(
  messages: LocalHub["messages"],
  { deviceId, count }: { readonly deviceId: string; readonly count: number },
): Promise<readonly HubMessage[]> {
  const all = (): DeviceMessage[] => messages.received({ deviceId });
  const enough = Promise.withResolvers<void>();
  const look = (): void => {
    if (all().length >= count) enough.resolve();
  };
  const stop = messages.on(look);
  const cancel = systemClock.setTimer(PATIENCE_MS, () =>
    enough.reject(
      new Error(`the hub has ${all().length} messages after ${PATIENCE_MS / SECOND} s; expected ${count}`),
    ),
  );
  try {
    look();
    await enough.promise;
    return all().map(hubMessage);
  } finally {
    stop();
    cancel();
  }
}

function hubMessage({ body, properties, systemProperties }: DeviceMessage): HubMessage {
  const text = (name: string): string | undefined => {
    const value = systemProperties[name];
    return value === undefined ? undefined : String(value);
  };
  const contentType = text("content-type");
  const contentEncoding = text("content-encoding");
  return {
    body: readableBody({ body, contentType, contentEncoding }),
    messageId: text("message-id") ?? "",
    contentType,
    contentEncoding,
    properties: Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, String(value)])),
  };
}
