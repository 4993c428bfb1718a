import type { Entry } from "./entry.ts";

/** What lanes ask of the handlers that there are. */
export interface LaneLimits {
  readonly concurrency: number;
}

/** The messages of one handler, in the order of their arrival. */
export interface Lane {
  readonly handler: string;
  readonly waiting: Entry[];
  running: number;
}

export interface Lanes {
  /** Puts a message behind those of its handler that arrived before it. */
  add(handler: string, entry: Entry): void;
  /** Starts what may run. */
  pump(): void;
  all(): readonly Lane[];
}

export interface LanesOptions {
  /** undefined for a handler that is not there any more. */
  limits(handler: string): LaneLimits | undefined;
  /** Whether this one may begin. */
  mayRun(entry: Entry): boolean;
  /** Resolves when the message is over, or has found another place. Never rejects. */
  run(handler: string, entry: Entry): Promise<void>;
  /** Takes those whose handler has gone. */
  displaced(entries: readonly Entry[]): void;
  /** Called when a message is over here, and those behind it have moved up. */
  onMoved(): void;
}

/** Lets so many messages of each handler run at once, first come first served; a lane lasts over the handler's reloads. */
export function createLanes({ limits, mayRun, run, displaced, onMoved }: LanesOptions): Lanes {
  const lanes = new Map<string, Lane>();

  function pumpOne(lane: Lane): void {
    const given = limits(lane.handler);
    if (given === undefined) {
      const homeless = lane.waiting.splice(0);
      if (lane.running === 0) lanes.delete(lane.handler);
      if (homeless.length > 0) displaced(homeless);
      return;
    }
    while (lane.running < given.concurrency) {
      const index = lane.waiting.findIndex(mayRun);
      const [entry] = index < 0 ? [] : lane.waiting.splice(index, 1);
      if (entry === undefined) break;
      lane.running += 1;
      void run(lane.handler, entry).then(() => {
        lane.running -= 1;
        pumpOne(lane);
        onMoved();
      });
    }
    if (lane.running + lane.waiting.length === 0) lanes.delete(lane.handler);
  }

  return {
    add(handler, entry) {
      const lane = lanes.get(handler) ?? { handler, waiting: [], running: 0 };
      lanes.set(handler, lane);
      // Nearly always the end: only one that was with another handler has younger ones before it.
      const elder = lane.waiting.findLastIndex(({ order }) => order < entry.order);
      lane.waiting.splice(elder + 1, 0, entry);
      pumpOne(lane);
    },
    pump() {
      for (const lane of [...lanes.values()]) pumpOne(lane);
    },
    all: () => [...lanes.values()],
  };
}
