import path from "node:path";
import type { Clock } from "../../clock.ts";
import type { Logger } from "../../events/logger.ts";
import type { Health } from "../../observe/health.ts";
import type { Metrics } from "../../observe/metrics/metrics.ts";
import { createLastGoodStore } from "../../twin/last-good.ts";
import { createTwin, type Twin } from "../../twin/twin.ts";
import { withoutSecrets } from "../../twin/without-secrets.ts";
import type { Writables } from "../../twin/writable.ts";
import { type ReportedStateOptions, reportedState } from "./reported-state.ts";

export interface AgentTwinOptions extends Omit<ReportedStateOptions, "followsTwin"> {
  readonly follow: boolean;
  readonly report: boolean;
  /** That of the state. */
  readonly directory: string;
  /** Which parts of the agent take desired properties now. */
  writables(): readonly Writables[];
  readonly metrics: Pick<Metrics, "twinUpdates" | "twinVersion">;
  readonly health: Health;
  readonly logger: Logger;
  readonly clock: Clock;
}

/**
 * The twin of this agent, with what was accepted of it in the last run; undefined if nobody wants one: then the hub is not
 * even asked.
 */
export async function openTwin(options: AgentTwinOptions): Promise<Twin | undefined> {
  const { follow, report, directory, health, logger } = options;
  if (!follow && !report) return undefined;
  const store = createLastGoodStore({ file: path.join(directory, "twin.json"), logger });
  const lastGood = await store.load();
  // What an earlier run reported, and this one does not, would be believed for ever.
  const snapshot = report ? reportedState({ ...options, followsTwin: follow }) : () => ({});
  const writables = () => options.writables().map((part) => withoutSecrets(part, options.redact));
  const twin = createTwin({ ...options, writables, store, lastGood, snapshot });
  // Never a reason not to be ready: calls are answered whatever the twin is like.
  health.register("twin", () => ({ ready: true, ...twin.status() }));
  return twin;
}
