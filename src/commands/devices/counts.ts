import { safeText } from "../terminal/safe-text.ts";
import type { DeviceRow } from "./device-row.ts";

/** What a list comes to. */
export interface Counts {
  add(row: DeviceRow): void;
  readonly all: number;
  /** `3 devices: 2 connected, 1 disconnected; 2 × 0.1.0, 1 × no version`. */
  words(what: "device" | "module"): string;
}

export function createCounts(): Counts {
  const states = new Map<string, number>();
  const versions = new Map<string, number>();
  let all = 0;
  const count = (counts: Map<string, number>, key: string) => counts.set(key, (counts.get(key) ?? 0) + 1);
  const many = ([key, times]: readonly [string, number]) => `${times} × ${key}`;
  return {
    add({ state, version }) {
      all += 1;
      count(states, state);
      count(versions, version === null ? "no version" : safeText(version));
    },
    get all() {
      return all;
    },
    words(what) {
      const devices = `${all} ${what}${all === 1 ? "" : "s"}`;
      if (all === 0) return devices;
      const told = [...states].map(([state, times]) => `${times} ${state}`).join(", ");
      const byNumber = [...versions].sort(([, one], [, other]) => other - one);
      return `${devices}: ${told}; ${byNumber.map(many).join(", ")}`;
    },
  };
}
