import { HubhandError } from "../../errors.ts";
import { escaped, escapeSteering } from "../../steering.ts";

/** What steers a terminal, hides in it, or breaks its line. */
const CONTROL = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;

/** Text of a device or the hub for a terminal: it cannot steer it. */
export const safeText = (text: string): string => text.replaceAll(CONTROL, escaped);

/** JSON for a terminal: what JSON.stringify leaves of the control characters is escaped as well. */
export function safeJson(value: unknown): string {
  try {
    return escapeSteering(JSON.stringify(value) ?? "null");
  } catch (error) {
    // Read without recursion, and printed with it.
    throw new HubhandError(
      "DEVICE_REPLY_INVALID",
      "The device answered with a payload nested too deeply to print.",
      { cause: error },
    );
  }
}
