import { join } from "node:path";
import { rowId } from "../../src/messages/outbox/order.ts";
import { openStore } from "../../src/messages/outbox/store.ts";

const ROUNDS = 200;
const APPENDED = 100;
const REMOVED = 400;
const TAKEN = 8;
const JOURNAL = 512 * 1024;

/** Milliseconds, one for each time that the step was done. */
export type Steps = Record<string, number[]>;

/** Each step in which the outbox holds the event loop, in the sizes that it takes. The checkpoint's own waits are not in it. */
export async function measureSteps(options: { directory: string; bytes: number }): Promise<Steps> {
  const store = await openStore(join(options.directory, "outbox.db"));
  const steps: Steps = {};
  const step = <Result>(name: string, work: () => Result): Result => {
    const since = performance.now();
    const result = work();
    steps[name] = [...(steps[name] ?? []), performance.now() - since];
    return result;
  };
  let sequence = 0;
  const first = rowId({ priority: 1, sequence: 0 });

  for (let round = 0; round < ROUNDS; round += 1) {
    const append = Array.from({ length: APPENDED }, () => {
      sequence += 1;
      return messageOf(sequence, options.bytes);
    });
    step(`write ${APPENDED} messages`, () => store.write({ append, remove: [], sequence }));
    if ((await store.journalSize()) > JOURNAL) await checkpoint();
  }
  let after = first;
  for (let round = 0; round < ROUNDS; round += 1) {
    const range = { after, upTo: first + sequence, most: TAKEN };
    after = step(`read ${TAKEN}`, () => store.read(range)).at(-1)?.id ?? after;
  }
  for (let done = 0; done < sequence; done += REMOVED) {
    const remove = Array.from({ length: REMOVED }, (_, index) => first + done + index + 1);
    step(`remove ${REMOVED}`, () => store.write({ append: [], remove, sequence }));
  }
  await store.close();
  return steps;

  /** Of its parts only the one that copies takes longer than a call: what comes before waits in the thread pool. */
  async function checkpoint(): Promise<void> {
    const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
    const { exec } = DatabaseSync.prototype;
    DatabaseSync.prototype.exec = function (sql) {
      step(`checkpoint of ${JOURNAL / 1024} KiB, ${sql.includes("PASSIVE") ? "copying" : "emptying"}`, () =>
        Reflect.apply(exec, this, [sql]),
      );
    };
    await store.checkpoint();
    DatabaseSync.prototype.exec = exec;
  }
}

const messageOf = (sequence: number, bytes: number) => ({
  size: bytes,
  message: {
    sequence,
    messageId: `0a6d7f0e-5b1c-4f5e-8c2d-${String(sequence).padStart(12, "0")}`,
    stream: "hubhand/",
    priority: 1 as const,
    body: Buffer.alloc(bytes, "x"),
    contentType: "application/json",
    contentEncoding: "utf-8",
    correlationId: undefined,
    output: undefined,
    properties: {},
    createdAt: Date.now(),
    expiresAt: Date.now() + 3_600_000,
  },
});
