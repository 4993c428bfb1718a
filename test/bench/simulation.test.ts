import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Setback, WaitingPolicy } from "../../bench/herd/policies.ts";
import { seededRandom } from "../../bench/herd/seeded-random.ts";
import { simulateHerd } from "../../bench/herd/simulate.ts";
import { createTimingWheel } from "../../bench/herd/timing-wheel.ts";
import { MINUTE, SECOND } from "../../src/durations.ts";

/** Everybody waits a second, whatever happens. */
function everySecond(setbacks: Setback[] = []): WaitingPolicy {
  return {
    name: "every second",
    longestWait: SECOND,
    herd: () => (setback) => {
      setbacks.push(setback);
      return SECOND;
    },
  };
}

const run = (seed: number, setbacks?: Setback[]) =>
  simulateHerd({
    devices: 500,
    policy: everySecond(setbacks),
    admitted: 50,
    outage: { from: 5 * SECOND, to: 5 * SECOND },
    watch: MINUTE,
    random: seededRandom(seed),
  });

describe("the simulated herd", () => {
  it("gets the same figures for the same seed, and others for another", () => {
    expect(run(7)).toEqual(run(7));
    expect(run(7).back).not.toEqual(run(8).back);
  });

  it("never has the hub admit more than its rate and the first second's worth", () => {
    const { back } = run(1);
    expect(back).toHaveLength(500);
    back.forEach((at, index) => {
      expect(index).toBeLessThanOrEqual(50 + (50 * at) / SECOND);
    });
  });

  it("counts each attempt once: back, refused, or in vain", () => {
    const setbacks: Setback[] = [];
    const { back, attempts, refused, inVain } = run(1, setbacks);
    const classes = (name: string) => setbacks.filter((setback) => setback.class === name).length;
    expect(attempts.reduce((sum, count) => sum + count)).toBe(back.length + refused);
    expect(classes("lost")).toBe(500);
    expect(classes("network")).toBe(inVain);
    expect(classes("refused")).toBe(refused);
    // A second and up to 75 ms each time, in five seconds.
    expect(inVain).toBe(4 * 500);
  });

  it("calls whoever is due in this millisecond, and nobody else", () => {
    const appointments = fc.array(fc.nat({ max: 99 }), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(appointments, (times) => {
        const wheel = createTimingWheel({ devices: times.length, span: 99 });
        times.forEach((at, device) => {
          wheel.schedule(device, at);
        });
        for (const at of [...new Set(times)].sort((one, other) => one - other)) {
          expect(wheel.next(0)).toBe(at);
          const expected = times.flatMap((time, device) => (time === at ? [device] : []));
          expect([...wheel.due(at)].sort((one, other) => one - other)).toEqual(expected);
        }
        expect(wheel.next(0)).toBeUndefined();
      }),
    );
  });
});
