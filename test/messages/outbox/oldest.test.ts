import { expect, it } from "vitest";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { createFakeClock } from "../../support/time/fake-clock.ts";
import { waitUntil } from "../../support/time/wait-until.ts";
import { foldersIn, message } from "./support.ts";

const cleanUp = cleanUpAfterEach();
const { folderOf, open } = foldersIn(cleanUp);
const OLDEST = "hubhand_outbox_oldest_timestamp_seconds";

it("the metric tells when the oldest message was handed over, wherever it is, and 0 if there is none", async () => {
  const folder = await folderOf();
  const { outbox, metric } = await open(folder);
  const now = Date.now();
  expect(await metric(OLDEST)).toBe(0);
  const ages = [
    { priority: 1, age: 5_000 },
    { priority: 2, age: 9_000 },
    { priority: 0, age: 1_000 },
  ] as const;
  for (const { priority, age } of ages) await outbox.add(message({ priority, createdAt: now - age }));
  const near = async (age: number) => Math.abs((await metric(OLDEST)) - (now - age) / 1_000) < 1;
  expect(await near(9_000)).toBe(true);

  // What is handed out is not with the hub yet.
  const taken = outbox.take(3);
  expect(await near(9_000)).toBe(true);
  for (const one of taken.filter(({ priority }) => priority === 2)) outbox.delivered(one);
  expect(await near(5_000)).toBe(true);
  outbox.putBack();
  await outbox.close();

  const { outbox: next, metric: metricOfNext } = await open(folder);
  expect(Math.abs((await metricOfNext(OLDEST)) - (now - 5_000) / 1_000)).toBeLessThan(1);
  for (const one of next.take(3)) next.delivered(one);
  await waitUntil("all is gone", async () => (await metricOfNext(OLDEST)) === 0);
});

it("the limits are told, too", async () => {
  const { metric } = await open(await folderOf(), { bounds: { maxMessages: 7, maxBytes: 4_000 } });
  expect(await metric("hubhand_outbox_limit_messages")).toBe(7);
  expect(await metric("hubhand_outbox_limit_bytes")).toBe(4_000);
});

it("a clock that is set does not make messages of this run older: a Pi starts in 1970", async () => {
  const clock = createFakeClock();
  const { outbox, metric } = await open(await folderOf(), { clock });
  void outbox.add(message({ createdAt: clock.wallClock() }));
  clock.advance(5_000);
  clock.setWallClock(365 * 24 * 3_600_000);
  expect(await metric(OLDEST)).toBe((clock.wallClock() - 5_000) / 1_000);
});
