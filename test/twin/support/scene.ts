import { pino } from "pino";
import { createMetrics } from "../../../src/observe/metrics/metrics.ts";
import { type LastGood, NONE_YET } from "../../../src/twin/last-good.ts";
import { createTwin, type Twin, type TwinOptions } from "../../../src/twin/twin.ts";
import type { Outcome, Writables } from "../../../src/twin/writable.ts";
import { createFakeClock, type FakeClock } from "../../support/time/fake-clock.ts";
import { type FakeHub, fakeHub } from "./fake-hub.ts";

export interface Scene {
  readonly hub: FakeHub;
  readonly twin: Twin;
  readonly clock: FakeClock;
  readonly metrics: ReturnType<typeof createMetrics>;
  /** What was saved, the latest last. */
  readonly saved: LastGood[];
  /** Lines of the log that say that something is wrong. */
  readonly warnings: string[];
  /** Lets time pass, and all that is ready run. */
  pass(milliseconds: number): Promise<void>;
}

/** A twin on a hub in memory, and on a clock of the test's own. */
export function scene(options: Partial<TwinOptions> & { hub?: FakeHub } = {}): Scene {
  const { hub = fakeHub() } = options;
  const clock = createFakeClock();
  const metrics = createMetrics({ version: "test", node: "test", commit: "test" });
  const saved: LastGood[] = [];
  const warnings: string[] = [];
  const twin = createTwin({
    follow: true,
    lastGood: NONE_YET,
    store: { save: async (good) => saved.push(good) > 0 },
    writables: () => [],
    snapshot: () => ({}),
    metrics,
    logger: pino({ level: "warn" }, { write: (line: string) => void warnings.push(line) }),
    clock,
    random: () => 0.5,
    ...options,
  });
  hub.onPush = (patch, session) => twin.pushed(patch, session);
  async function pass(milliseconds: number): Promise<void> {
    await ready();
    for (let left = milliseconds; left > 0; left -= 50) {
      clock.advance(Math.min(50, left));
      await ready();
    }
  }
  return { hub, twin, clock, metrics, saved, warnings, pass };
}

const ready = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A part of a device that takes numbers only, and what it goes by. */
export interface Part extends Writables {
  readonly inForce: Map<string, unknown>;
  /** What it was asked, in order. */
  readonly asked: Record<string, unknown>[];
}

/** Properties of these names are taken if they are numbers; "slow" parts end when the test says so. */
export function part(component: string | undefined, names: readonly string[] = ["speed", "size"]): Part {
  const inForce = new Map<string, unknown>();
  const asked: Record<string, unknown>[] = [];
  return {
    component,
    inForce,
    asked,
    async apply(desired) {
      asked.push(desired);
      for (const name of inForce.keys()) if (!Object.hasOwn(desired, name)) inForce.delete(name);
      return Object.fromEntries(
        Object.entries(desired).flatMap(([name, value]): [string, Outcome][] => {
          if (!names.includes(name))
            return component === undefined ? [] : [[name, { status: 404, value: undefined }]];
          if (typeof value !== "number")
            return [
              [name, { status: 400, description: "a number is expected", value: inForce.get(name) ?? 0 }],
            ];
          inForce.set(name, value);
          return [[name, { status: 200, value }]];
        }),
      );
    },
  };
}
