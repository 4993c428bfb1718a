import { availableParallelism } from "node:os";
import { createLimiter } from "../../../methods/limiter.ts";

/** The threads that plugins run in, all of one agent. */
export interface Threads {
  /**
   * How many there are. A thread that is stuck in a system call cannot be ended, and `process.exit` would wait for it for
   * ever.
   */
  readonly size: number;
  add(): void;
  remove(): void;
  /** Waits for its turn to start one: each takes a processor for a while, and calls must go on meanwhile. */
  turn(): Promise<void>;
  turnOver(): void;
}

export function createThreads(): Threads {
  const turns = createLimiter({ concurrency: availableParallelism(), queue: Number.POSITIVE_INFINITY });
  let size = 0;
  return {
    get size() {
      return size;
    },
    add: () => {
      size += 1;
    },
    remove: () => {
      size -= 1;
    },
    turn: () => new Promise((resolve) => turns.enter({ turn: resolve })),
    turnOver: () => turns.leave(),
  };
}
