import { HubhandError } from "../errors.ts";

/** What is thrown when whoever asked does not want to wait any longer. `afterwards` is what may have happened meanwhile. */
export function interrupted(afterwards?: string): HubhandError {
  return new HubhandError("INTERRUPTED", afterwards === undefined ? "Stopped." : `Stopped; ${afterwards}.`);
}
