import { pino } from "pino";
import { type Clock, systemClock } from "../../src/clock.ts";
import { createOutbox } from "../../src/messages/outbox/create-outbox.ts";
import type { Outbox } from "../../src/messages/outbox/outbox.ts";
import { createMetrics } from "../../src/observe/metrics/metrics.ts";
import { message } from "../../test/messages/outbox/support.ts";
import { createFakeClock } from "../../test/support/time/fake-clock.ts";

const LIFETIME = 7 * 24 * 3_600_000;

/** An outbox with the default settings, and messages for it. */
export async function createBench(options: {
  directory: string;
  bytes: number;
  /** Otherwise time passes when it is told to. */
  realTime?: boolean;
}): Promise<{ outbox: Outbox; clock: { advance(milliseconds: number): void }; add(): Promise<void> }> {
  const fake = createFakeClock();
  const clock: Clock = options.realTime === true ? systemClock : fake;
  const outbox = await createOutbox({
    directory: options.directory,
    bounds: { maxMessages: 1_000_000, maxBytes: 1024 ** 3 },
    whenFull: "drop-oldest",
    writeDelay: options.realTime === true ? 0 : 250,
    metrics: createMetrics({ version: "", node: "", commit: "" }),
    logger: pino({ level: "silent" }),
    clock,
  });
  let number = 0;
  return {
    outbox,
    clock: fake,
    add() {
      number += 1;
      const createdAt = clock.wallClock();
      return outbox.add(
        message({
          messageId: `0a6d7f0e-5b1c-4f5e-8c2d-${String(number).padStart(12, "0")}`,
          stream: "hubhand/",
          body: Buffer.alloc(options.bytes, "x"),
          createdAt,
          expiresAt: createdAt + LIFETIME,
        }),
      );
    },
  };
}
