/** A number of whole seconds that the hub accepts, and what is taken if nothing is said. */
export interface SecondsRange {
  readonly min: number;
  readonly max: number;
  readonly default: number;
}

/** How long the device may take to answer (learn.microsoft.com, "Understand and invoke direct methods from IoT Hub"). */
export const RESPONSE_TIMEOUT_SECONDS: SecondsRange = { min: 5, max: 300, default: 30 };

/** How long the hub waits for a device that is not online (same page). */
export const CONNECT_TIMEOUT_SECONDS: SecondsRange = { min: 0, max: 300, default: 0 };

/** The largest payload of a direct method, as UTF-8 JSON (same page). */
export const PAYLOAD_LIMIT_BYTES = 128 * 1024;
