import { expect, test } from "vitest";
import { startTurns } from "../../../../src/plugins/hosts/worker/little-memory.ts";
import { createFakeClock } from "../../../support/time/fake-clock.ts";

const MEBIBYTE = 1024 * 1024;

function takers(memory: number) {
  const clock = createFakeClock();
  const turn = startTurns({ memory, clock });
  const started: number[] = [];
  const take = (which: number) =>
    turn().then((over) => {
      started.push(which);
      return over;
    });
  return { clock, started, take };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test("with little memory each waits for the one before, for as long as that is reasonable", async () => {
  const { clock, started, take } = takers(96 * MEBIBYTE);
  const first = take(1);
  void take(2);
  void take(3);
  await settled();
  expect(started).toEqual([1]);
  (await first)();
  await settled();
  expect(started).toEqual([1, 2]);
  await clock.advance(5_000);
  await settled();
  expect(started).toEqual([1, 2, 3]);
});

test.each([1024 * MEBIBYTE, 2 ** 64, 0])("with %d bytes, or none told, nobody waits", async (memory) => {
  const { started, take } = takers(memory);
  await Promise.all([take(1), take(2)]);
  expect(started).toEqual([1, 2]);
});
