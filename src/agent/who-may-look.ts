import type { LoadedConfig } from "../config/index.ts";
import { hasOwnNetwork } from "../container.ts";
import type { Logger } from "../events/logger.ts";
import { isLoopback } from "../loopback.ts";

export interface WhoMayLookOptions {
  readonly observe: LoadedConfig["values"]["observe"];
  readonly logger: Logger;
}

/**
 * Tells when anybody may look who reaches this machine. In a container with a network of its own that is as it should be: what it
 * publishes is said elsewhere, and a warning at each start would be noise.
 */
export function tellWhoMayLook({ observe, logger }: WhoMayLookOptions): void {
  const { host, password, token } = observe;
  if (isLoopback(host) || password !== null || token !== null) return;
  const line = `whoever reaches ${host} may look at metrics and status: neither observe.password nor observe.token is set`;
  const told = { event: "http.open-to-all" } as const;
  if (hasOwnNetwork()) logger.info(told, line);
  else logger.warn(told, line);
}
