import { pino } from "pino";
import { expect } from "vitest";
import { fixedIdentity } from "../../../src/link/identity.ts";
import { createLink, type Link, type LinkOptions } from "../../../src/link/link.ts";
import { observeLink } from "../../../src/link/observer.ts";
import type { LinkState } from "../../../src/link/supervisor.ts";
import { fixedTrust } from "../../../src/link/trust.ts";
import { type LocalHub, startLocalHub } from "../../../src/local-hub/index.ts";
import { createMetrics } from "../../../src/observe/metrics/metrics.ts";
import type { CleanUp } from "../../support/clean-up.ts";
import { identityOf } from "../../support/hub/identity.ts";
import { waitUntil } from "../../support/time/wait-until.ts";

/** Quick patience, so that tests need not be patient. */
export const QUICK_BACKOFF = {
  networkBase: 20,
  networkMax: 100,
  refusedBase: 20,
  refusedMax: 100,
  unauthorizedBase: 20,
  unauthorizedMax: 100,
  conflictBase: 20,
  conflictMax: 100,
};

/** A hub with the device pi-1. */
export async function hubOn(
  cleanUp: CleanUp,
  options: Parameters<typeof startLocalHub>[0] = {},
): Promise<LocalHub> {
  const hub = await startLocalHub(options);
  if (hub.registry.get("pi-1") === undefined)
    await hub.registry.create({ deviceId: "pi-1", primaryKey: KEY });
  cleanUp.add(() => hub.stop());
  return hub;
}

export const KEY = Buffer.alloc(32, 9).toString("base64");

export interface Watched {
  link: Link;
  metrics: ReturnType<typeof createMetrics>;
  /** How many sessions have failed or ended, of these classes. */
  failures(...classes: string[]): Promise<number>;
  /** Resolves when so many attempts have come online. */
  sessions(count: number): Promise<void>;
  /** Resolves when the link is in that state, now or later. */
  reaches(state: LinkState): Promise<void>;
}

/** For a reply that must not be lost. */
export const unexpectedly = (): void => expect.fail("the reply was lost");

type Call = LinkOptions["onCall"];
const answerOk: Call = (_call, reply) => reply(200, '"ok"', unexpectedly);

/** A link to that hub, not started yet. */
export function linkTo(
  cleanUp: CleanUp,
  hub: Pick<LocalHub, "ca" | "deviceConnectionString">,
  options: Partial<LinkOptions> & { connectionString?: string } = {},
): Watched {
  const metrics = createMetrics({ version: "test", node: "test", commit: "test" });
  const observer = observeLink(metrics, { subscriptionCheck: 600_000 });
  const link = createLink({
    identities:
      options.identities ??
      fixedIdentity(identityOf(options.connectionString ?? hub.deviceConnectionString("pi-1"))),
    trust: fixedTrust(hub.ca),
    webSocketPort: 443,
    transport: "mqtt",
    subscriptionCheck: 600_000,
    keepAlive: 40_000,
    dialTimeout: 5_000,
    connectTimeout: 5_000,
    closeTimeout: 500,
    stableAfter: 60_000,
    tokenLifetime: 3_600_000,
    backoff: QUICK_BACKOFF,
    productInfo: "hubhand/test",
    logger: pino({ level: "silent" }),
    observer,
    onCall: answerOk,
    idle: async () => {},
    ...options,
  });
  cleanUp.add(() => link.stop());
  return {
    link,
    metrics,
    async failures(...classes) {
      const { values } = await metrics.linkFailures.get();
      return values
        .filter(({ labels }) => classes.includes(String(labels.class)))
        .reduce((sum, { value }) => sum + value, 0);
    },
    sessions: (count) =>
      waitUntil(`${count} sessions were online, the last one still`, async () => {
        const { values } = await metrics.linkSessions.get();
        const online = values.find(({ labels }) => labels.outcome === "online")?.value ?? 0;
        return link.status().state === "online" && online >= count;
      }),
    reaches: (state) => waitUntil(`the link is ${state}`, () => link.status().state === state),
  };
}
