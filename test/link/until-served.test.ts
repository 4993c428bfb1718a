import { expect, it } from "vitest";
import { untilServed } from "../../src/link/until-served.ts";

it("what comes before it may be taken is held, in order, and what comes after it goes through", async () => {
  const ready = Promise.withResolvers<void>();
  const taken: string[] = [];
  const take = untilServed(ready.promise, (call: string) => void taken.push(call));
  take("first");
  take("second");
  await Promise.resolve();
  expect(taken).toEqual([]);
  ready.resolve();
  await ready.promise;
  take("third");
  expect(taken).toEqual(["first", "second", "third"]);
});

it("no more than a thousand are held", () => {
  let taken = 0;
  const take = untilServed(new Promise(() => {}), () => {
    taken += 1;
  });
  for (let count = 0; count < 1_001; count += 1) take();
  expect(taken).toBe(1);
});
