import { Registry } from "prom-client";
import { createKit } from "./kit.ts";
import { linkInstruments } from "./link.ts";
import { messageInstruments, twinInstruments } from "./messages.ts";
import { methodInstruments } from "./methods.ts";
import { agentInstruments, type BuildInfo } from "./own.ts";
import { pluginInstruments, taskInstruments } from "./plugins.ts";
import { collectProcessMetrics } from "./process.ts";

export type Metrics = ReturnType<typeof createMetrics>;

/**
 * Every instrument of hubhand, on a registry of its own. Names follow Prometheus' and OpenMetrics' conventions
 * (base units, `_total`, `_seconds`). Labels are bounded: what a caller chooses is never one, and the series of what is
 * gone go too; whoever owns an instrument sees to that.
 */
export function createMetrics(build: BuildInfo) {
  const registry = new Registry();
  const kit = createKit(registry);
  const eventLoop = collectProcessMetrics(registry);
  return {
    registry,
    eventLoop,
    /** What they mean, for the reference. */
    descriptions: kit.descriptions,
    ...methodInstruments(kit),
    ...linkInstruments(kit),
    ...messageInstruments(kit),
    ...twinInstruments(kit),
    ...pluginInstruments(kit),
    ...taskInstruments(kit),
    ...agentInstruments(kit, build),
  };
}
