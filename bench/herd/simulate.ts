import type { FailureClass } from "../../src/link/failure.ts";
import type { WaitingPolicy } from "./policies.ts";
import { createTimingWheel } from "./timing-wheel.ts";

/** Milliseconds until an attempt has its outcome; each takes between half and one and a half of it. */
const OPENING = 200;
const REFUSAL = 50;
const NOT_REACHED = 50;

/** Durations in milliseconds. */
export interface HerdOptions {
  readonly devices: number;
  readonly policy: WaitingPolicy;
  /** Connections a second that the hub admits; the others are refused. Infinity: all. */
  readonly admitted: number;
  /** How long a device has been without its hub when the hub returns: somewhere between the two. */
  readonly outage: { readonly from: number; readonly to: number };
  /** How long to go on after the hub's return. */
  readonly watch: number;
  /** Numbers in [0, 1). */
  readonly random: () => number;
}

export interface HerdResult {
  /** When each device was online, in milliseconds since the hub's return, in order; without those that never were. */
  readonly back: Float64Array;
  /** Attempts that reached the hub, in each second since its return. */
  readonly attempts: readonly number[];
  readonly refused: number;
  /** Attempts while there was no hub to reach. */
  readonly inVain: number;
}

/**
 * Every device loses its session, waits and tries, until it is back or the watch is over. The hub has a bucket of
 * admissions, full when it returns, that holds what it admits in a second; a device that is back stays.
 */
export function simulateHerd(options: HerdOptions): HerdResult {
  const { devices, policy, admitted, outage, watch, random } = options;
  const returnAt = Math.ceil(outage.to);
  const nextWait = policy.herd(devices);
  const wheel = createTimingWheel({ devices, span: returnAt + policy.longestWait + 2 * OPENING });
  const lostAt = new Float64Array(devices);
  const back = new Float64Array(devices);
  const attempts = Array.from({ length: Math.ceil(watch / 1000) }, () => 0);
  let online = 0;
  let refused = 0;
  let inVain = 0;
  let bucket = admitted;

  const took = (typical: number): number => typical * (0.5 + random());
  const setBack = (device: number, failure: FailureClass, at: number): void => {
    const offlineFor = at - (lostAt[device] ?? 0);
    const wait = nextWait({ device, class: failure, offlineFor, random: random() });
    if (wait !== undefined) wheel.schedule(device, Math.ceil(at + wait));
  };
  const attempt = (device: number, now: number): void => {
    if (now < returnAt) {
      inVain += 1;
      setBack(device, "network", now + took(NOT_REACHED));
      return;
    }
    const second = Math.floor((now - returnAt) / 1000);
    attempts[second] = (attempts[second] ?? 0) + 1;
    if (bucket < 1) {
      refused += 1;
      setBack(device, "refused", now + took(REFUSAL));
      return;
    }
    bucket -= 1;
    back[online] = now - returnAt + took(OPENING);
    online += 1;
  };

  for (let device = 0; device < devices; device += 1) {
    const away = outage.from + random() * (outage.to - outage.from);
    const noticed = returnAt - away + took(NOT_REACHED);
    lostAt[device] = noticed;
    setBack(device, "lost", noticed);
  }
  const end = returnAt + watch;
  let filledAt = returnAt;
  for (let now = wheel.next(0); now !== undefined && now < end; now = wheel.next(now + 1)) {
    if (now > returnAt) {
      bucket = Math.min(admitted, bucket + (admitted * (now - filledAt)) / 1000);
      filledAt = now;
    }
    for (const device of wheel.due(now)) attempt(device, now);
  }
  return { back: back.subarray(0, online).sort(), attempts, refused, inVain };
}
