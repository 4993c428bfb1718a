import { expect, it } from "vitest";
import { systemClock } from "../src/clock.ts";

it.each([2 ** 31, 1e12, Number.POSITIVE_INFINITY])(
  "a timer of %d ms does not fire at once",
  async (delay) => {
    let fired = false;
    const cancel = systemClock.setTimer(delay, () => {
      fired = true;
    });
    // Node fires a timer that is too long for it after 1 ms.
    await new Promise<void>((resolve) => systemClock.setTimer(5, resolve));
    cancel();
    expect(fired).toBe(false);
  },
);
