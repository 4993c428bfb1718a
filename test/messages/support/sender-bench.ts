import pino from "pino";
import { createSender, type SenderOptions } from "../../../src/messages/sending/sender.ts";
import { createMetrics } from "../../../src/observe/metrics/metrics.ts";
import { createFakeClock } from "../../support/time/fake-clock.ts";
import { memoryOutbox, message } from "./memory-outbox.ts";

/** A sender with all that is around it, at a time that only the test moves. */
export function senderBench(options: Partial<SenderOptions> = {}) {
  const clock = createFakeClock();
  const outbox = memoryOutbox();
  const metrics = createMetrics({ version: "0", node: "0", commit: "0" });
  const lines: Record<string, unknown>[] = [];
  const logger = pino({ level: "debug" }, { write: (line) => lines.push(JSON.parse(line)) });
  const sender = createSender({
    outbox,
    inFlight: 8,
    drainRate: 50,
    drainDelay: 5_000,
    order: "oldest-first",
    metrics,
    logger,
    clock,
    random: () => 0.5,
    ...options,
  });
  return {
    clock,
    outbox,
    sender,
    lines,
    async add(count: number, overrides: Parameters<typeof message>[0] = {}) {
      for (let i = 0; i < count; i += 1) await outbox.add(message(overrides));
      await turns();
    },
    /** The value of a series of a counter. */
    async counted(name: string, labels: Record<string, string>): Promise<number> {
      const found = await metrics.registry.getSingleMetric(name)?.get();
      const value = found?.values.find((each) =>
        Object.entries(labels).every(([label, wanted]) => each.labels[label] === wanted),
      );
      return value?.value ?? 0;
    },
    /** Lets time pass, and what it sets off happen. */
    async pass(milliseconds: number, steps = 1) {
      for (let i = 0; i < steps; i += 1) {
        clock.advance(milliseconds / steps);
        await turns();
      }
    },
  };
}

/** So many turns of the event loop as anything takes that waits for nothing else. */
export async function turns(count = 12): Promise<void> {
  for (let i = 0; i < count; i += 1) await new Promise(setImmediate);
}

export const upTo = (last: number, first = 1): number[] =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);
