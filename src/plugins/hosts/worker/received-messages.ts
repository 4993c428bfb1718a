import type { Clock } from "../../../clock.ts";
import type { Telemetry, TelemetryOptions } from "../../../messages/telemetry.ts";
import { createMessageIntake } from "../message-intake.ts";
import type { FromPlugin } from "./protocol.ts";
import type { Vessel } from "./vessel.ts";

export interface ReceivedMessagesOptions {
  readonly telemetry: Telemetry;
  post: Vessel["post"];
  readonly clock: Clock;
}

/** Takes one; false if it is one more than our code over there would send now. */
export type TakeMessage = (message: Extract<FromPlugin, { readonly type: "telemetry" }>) => boolean;

/** Takes what a plugin elsewhere tells the hub. */
export function receiveMessages({ telemetry, post, clock }: ReceivedMessagesOptions): TakeMessage {
  const intake = createMessageIntake({ telemetry, clock });
  return ({ id, body, options }) => {
    const length = body.length + options.length;
    if (!intake.hasRoomFor(length)) return false;
    intake.add({
      body: Buffer.from(body, "base64"),
      options: JSON.parse(options) as TelemetryOptions,
      length,
      kept: (messageId) => post({ type: "telemetry-kept", id, messageId }),
      refused: (code, message) => post({ type: "telemetry-refused", id, code, message }),
    });
    return true;
  };
}
