import { setTimeout as sleep } from "node:timers/promises";
import { scrape } from "../chaos/support/look.ts";
import type { SoakScene } from "./faults.ts";
import { type Sample, type Trend, trendOf } from "./slope.ts";

const EVERY_MS = 2_000;
const MIB = 1024 * 1024;

/** What may settle in any soak, however long; a leak grows with it. In units of the metric. */
const WATCHED = {
  heap: { metric: "nodejs_heap_size_used_bytes", unit: "MiB", divisor: MIB, allowance: 4 * MIB },
  resident: { metric: "process_resident_memory_bytes", unit: "MiB", divisor: MIB, allowance: 16 * MIB },
  handles: { metric: "nodejs_active_resources_total", unit: "", divisor: 1, allowance: 4 },
} as const;

export type Watched = keyof typeof WATCHED;
export const WATCHED_NAMES = Object.keys(WATCHED) as Watched[];

export interface Growth {
  readonly unit: string;
  /** Undefined if the soak was too short to tell. All figures are in the unit. */
  readonly trend: Trend | undefined;
  /** The growth that is still taken for settling. */
  readonly allowance: number;
  readonly isLeak: boolean;
}

export type Memory = Readonly<Record<Watched, Growth>>;

/** Asks the agent every two seconds how much it holds; the function returned says what came of it. */
export function watchMemory(scene: SoakScene, { now, over }: { now(): number; over: AbortSignal }) {
  const samples: Record<Watched, Sample[]> = { heap: [], resident: [], handles: [] };

  async function watch(): Promise<void> {
    while (!over.aborted) {
      const series = await scrape(scene.agent).catch(() => undefined); // A fault may have it stopped.
      for (const name of WATCHED_NAMES) {
        const { metric, divisor } = WATCHED[name];
        if (series !== undefined) samples[name].push({ at: now(), value: series(metric) / divisor });
      }
      await sleep(EVERY_MS, undefined, { signal: over }).catch(() => {});
    }
  }

  const watching = watch();
  return async (): Promise<Memory> => {
    await watching;
    const judged = WATCHED_NAMES.map((name) => [name, growthOf(name, samples[name])] as const);
    return Object.fromEntries(judged) as Record<Watched, Growth>;
  };
}

function growthOf(name: Watched, samples: readonly Sample[]): Growth {
  const { unit, divisor } = WATCHED[name];
  const allowance = WATCHED[name].allowance / divisor;
  const trend = trendOf(samples);
  return { unit, trend, allowance, isLeak: trend !== undefined && trend.certainGrowth > allowance };
}
