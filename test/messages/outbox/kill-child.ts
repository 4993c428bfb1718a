/** Adds messages and has them acknowledged, as fast as it can, and says which promises were kept; until it is killed. */
import { writeSync } from "node:fs";
import { systemClock } from "../../../src/clock.ts";
import { createOutbox } from "../../../src/messages/outbox/create-outbox.ts";

const [directory = "", first = "0"] = process.argv.slice(2);
/** It has to start quickly: no real log, no real metrics. */
const deaf = { set() {}, inc() {}, readBy() {}, info() {}, warn: say, error: say };

const outbox = await createOutbox({
  directory,
  bounds: { maxMessages: 1e6, maxBytes: 1e9 },
  whenFull: "refuse",
  writeDelay: 1,
  metrics: {
    outboxMessages: deaf,
    outboxBytes: deaf,
    outboxOnDisk: deaf,
    outboxDropped: deaf,
    outboxLimitMessages: deaf,
    outboxLimitBytes: deaf,
    outboxOldest: deaf,
  } as never,
  logger: deaf as never,
  clock: systemClock,
});

let number = Number(first);
for (;;) {
  for (let index = 0; index < 5; index += 1) {
    number += 1;
    const id = String(number);
    const now = Date.now();
    const message = {
      messageId: id,
      stream: "plugin/",
      priority: (number % 3) as 0 | 1 | 2,
      body: Buffer.alloc(number % 900, id),
      contentType: undefined,
      contentEncoding: undefined,
      correlationId: undefined,
      output: undefined,
      properties: {},
      createdAt: now,
      expiresAt: now + 1e9,
    };
    void outbox.add(message).then(() => say(`p${id}`));
  }
  await new Promise((resolve) => setTimeout(resolve, 1));
  // Some are delivered, before they are written or after; said first, as they may be gone at once.
  for (const one of outbox.take(3)) {
    say(`d${one.messageId}`);
    outbox.delivered(one);
  }
  if (number % 7 === 0) outbox.putBack();
}

function say(line: unknown): void {
  writeSync(1, `${line}\n`);
}
