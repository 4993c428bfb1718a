import { HubhandError } from "../../errors.ts";

/** What steers a terminal, hides in it, turns the direction of what is read, or breaks its line. */
const CONTROL = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;

/** As JSON writes it: a sign beyond 16 bits is two. */
const escaped = (sign: string): string =>
  sign
    .split("")
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .join("");

/** Text of a device or the hub for a terminal: it cannot steer it. */
export const safeText = (text: string): string => text.replaceAll(CONTROL, escaped);

/** JSON for a terminal: what JSON.stringify leaves of such signs is escaped as well, and means the same. */
export function safeJson(value: unknown): string {
  try {
    return safeText(JSON.stringify(value) ?? "null");
  } catch (error) {
    // Read without recursion, and printed with it.
    throw new HubhandError(
      "DEVICE_REPLY_INVALID",
      "The device answered with a payload nested too deeply to print.",
      { cause: error },
    );
  }
}
