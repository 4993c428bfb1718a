import { loadConfig } from "../../src/config/index.ts";
import type { BackoffPolicy } from "../../src/link/backoff.ts";

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;

/** The patience that a device has if nothing is configured. */
export const DEFAULT_POLICY: BackoffPolicy = loadConfig({ env: {}, cwd: import.meta.dirname }).values.link
  .backoff;
