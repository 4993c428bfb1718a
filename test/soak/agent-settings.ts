import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { SECONDARY_KEY } from "../chaos/support/local-scene.ts";

const COLLECT_OFTEN = new URL("./fixtures/collect-often.ts", import.meta.url);
const PLUGINS = dirname(fileURLToPath(new URL("./fixtures/plugins/soak.ts", import.meta.url)));

/**
 * Milliseconds. The defaults, but for what would make a soak of minutes wait more than it calls: dead links are noticed
 * within eight seconds instead of eighty, and a hub that refuses is asked again within five.
 */
const LIMITS = {
  keepAlive: 4_000,
  subscriptionCheck: 5_000,
  dialTimeout: 5_000,
  connectTimeout: 10_000,
  stableAfter: 4_000,
  networkMax: 20_000,
  othersMax: 5_000,
} as const;

const ms = (milliseconds: number): string => `${milliseconds}ms`;

/** The agent's settings, by environment variable. @param recordFile the file that its plugin writes to */
export function agentSettings({ recordFile, tokenLifetime }: { recordFile: string; tokenLifetime: string }) {
  return {
    NODE_OPTIONS: `--expose-gc --import=${COLLECT_OFTEN.href}`,
    HUBHAND_HUB_SECONDARY_KEY: SECONDARY_KEY,
    HUBHAND_PLUGINS_DIRECTORY: PLUGINS,
    HUBHAND_PLUGINS_SETTINGS: JSON.stringify({ soak: { file: recordFile } }),
    HUBHAND_LINK_TOKEN_LIFETIME: tokenLifetime,
    HUBHAND_LINK_KEEP_ALIVE: ms(LIMITS.keepAlive),
    HUBHAND_LINK_SUBSCRIPTION_CHECK: ms(LIMITS.subscriptionCheck),
    HUBHAND_LINK_DIAL_TIMEOUT: ms(LIMITS.dialTimeout),
    HUBHAND_LINK_CONNECT_TIMEOUT: ms(LIMITS.connectTimeout),
    HUBHAND_LINK_CLOSE_TIMEOUT: "3s",
    HUBHAND_LINK_STABLE_AFTER: ms(LIMITS.stableAfter),
    HUBHAND_LINK_BACKOFF_NETWORK_BASE: "1s",
    HUBHAND_LINK_BACKOFF_NETWORK_MAX: ms(LIMITS.networkMax),
    HUBHAND_LINK_BACKOFF_REFUSED_BASE: "1s",
    HUBHAND_LINK_BACKOFF_REFUSED_MAX: ms(LIMITS.othersMax),
    HUBHAND_LINK_BACKOFF_UNAUTHORIZED_BASE: "1s",
    HUBHAND_LINK_BACKOFF_UNAUTHORIZED_MAX: ms(LIMITS.othersMax),
    HUBHAND_LINK_BACKOFF_CONFLICT_BASE: "1s",
    HUBHAND_LINK_BACKOFF_CONFLICT_MAX: ms(LIMITS.othersMax),
    HUBHAND_METHODS_DRAIN_TIMEOUT: "8s",
  };
}

/**
 * How soon an agent that does not wait for its next attempt now must be back: it finds out that it is deaf or that its
 * attempt is doomed, and waits once.
 */
export const LONGEST_RETURN = LIMITS.subscriptionCheck + LIMITS.connectTimeout + LIMITS.networkMax;
