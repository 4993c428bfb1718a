import { setTimeout as sleep } from "node:timers/promises";
import type { Caller, CallShape } from "./calls.ts";

export interface SteadyCalls {
  /** Calls a second. */
  readonly rate: number;
  /** A number in [0, 1). */
  readonly random: () => number;
  /** Milliseconds. */
  now(): number;
  readonly over: AbortSignal;
}

/** Starts calls at their times, whatever has become of those before, until it is over. */
export async function keepCalling(caller: Caller, { rate, random, now, over }: SteadyCalls): Promise<void> {
  const began = now();
  for (let number = 0; !over.aborted; number += 1) {
    const wait = began + (number * 1000) / rate - now();
    if (wait > 0) await sleep(wait);
    void caller.call(drawShape(random));
  }
}

/** Most calls are quick and want a device that is online; some take a while, some would wait for it. */
function drawShape(random: () => number): CallShape {
  const takesMs = random() < 0.15 ? Math.round(200 + random() * 2_800) : 0;
  const connectTimeoutSeconds = random() < 0.2 ? 1 + Math.floor(random() * 5) : 0;
  return { takesMs, connectTimeoutSeconds };
}
