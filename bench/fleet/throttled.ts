import { type BackoffBounds, backoffDelay } from "../../src/full-jitter.ts";
import { createTimingWheel } from "../herd/timing-wheel.ts";

export interface ThrottledOptions {
  /** When each device asks for the first time, in milliseconds, in order. */
  readonly arrivals: Float64Array;
  /** Answers a second; the hub has a bucket of as many, full at the start, and refuses whoever finds it empty. */
  readonly rate: number;
  /** How a device waits that was refused. */
  readonly bounds: BackoffBounds;
  /** Numbers in [0, 1). */
  readonly random: () => number;
}

export interface ThrottledResult {
  /** When each was answered, in milliseconds, in order. */
  readonly answered: Float64Array;
  readonly refused: number;
}

/** Devices that each want one thing of their hub, which it gives to so many in a second. */
export function simulateThrottled(options: ThrottledOptions): ThrottledResult {
  const { arrivals, rate, bounds, random } = options;
  const devices = arrivals.length;
  const last = Math.ceil(arrivals.at(-1) ?? 0);
  const wheel = createTimingWheel({ devices, span: last + bounds.max + 1 });
  const failures = new Uint16Array(devices);
  const answered = new Float64Array(devices);
  for (const [device, at] of arrivals.entries()) wheel.schedule(device, Math.ceil(at));
  let count = 0;
  let refused = 0;
  let bucket = rate;
  let filledAt = 0;
  for (let now = wheel.next(0); now !== undefined; now = wheel.next(now + 1)) {
    bucket = Math.min(rate, bucket + (rate * (now - filledAt)) / 1000);
    filledAt = now;
    for (const device of wheel.due(now)) {
      if (bucket >= 1) {
        bucket -= 1;
        answered[count] = now;
        count += 1;
        continue;
      }
      refused += 1;
      const attempt = failures[device] ?? 0;
      failures[device] = attempt + 1;
      wheel.schedule(device, Math.ceil(now + Math.max(1, backoffDelay(bounds, attempt, random()))));
    }
  }
  return { answered, refused };
}
