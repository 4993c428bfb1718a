import { monitorEventLoopDelay } from "node:perf_hooks";
import { Gauge, type Registry } from "prom-client";

/** Where turns cannot be counted, how often the loop is looked at, in milliseconds; what holds it for less is seen in part only. */
const LOOKED_AT_EVERY = 100;

const GAUGES = {
  min: { help: "The minimum recorded event loop delay.", read: ({ min }: Delays) => min },
  max: { help: "The maximum recorded event loop delay.", read: ({ max }: Delays) => max },
  mean: { help: "The mean of the recorded event loop delays.", read: ({ mean }: Delays) => mean },
  stddev: {
    help: "The standard deviation of the recorded event loop delays.",
    read: ({ stddev }: Delays) => stddev,
  },
  p50: {
    help: "The 50th percentile of the recorded event loop delays.",
    read: (delays: Delays) => percentile(delays, 50),
  },
  p90: {
    help: "The 90th percentile of the recorded event loop delays.",
    read: (delays: Delays) => percentile(delays, 90),
  },
  p99: {
    help: "The 99th percentile of the recorded event loop delays.",
    read: (delays: Delays) => percentile(delays, 99),
  },
} as const;
type Delays = Pick<
  ReturnType<typeof monitorEventLoopDelay>,
  "min" | "max" | "mean" | "stddev" | "percentile" | "count"
>;

/** Of few turns the longest is the percentile. */
const percentile = (delays: Delays, percent: number): number =>
  delays.count * (100 - percent) < 100 ? delays.max : delays.percentile(percent);

export interface EventLoopWatch {
  /**
   * Something of ours has held the loop for so many milliseconds. Of a turn in which something came by a socket Node takes
   * off what it would have waited for its next timer, be that seconds: a handler that blocks for one might show as none.
   */
  held(milliseconds: number): void;
}

const nameOf = (what: string): string => `nodejs_eventloop_lag_${what}seconds`;

/** The names under which dashboards know them, from prom-client. */
export const EVENT_LOOP_METRICS: readonly string[] = [
  nameOf(""),
  ...Object.keys(GAUGES).map((what) => nameOf(`${what}_`)),
];

/**
 * How late the event loop comes to what is due: how long its turns take, since the metrics were last read. A timer that looks
 * for that, as prom-client has one, wakes an idle process for nothing else, and sees only what holds the loop for longer
 * than its interval. So Node counts the turns, where it can; one older than that looks ten times a second. What Node misses of
 * the longest is told by whoever causes it.
 */
export function collectEventLoopMetrics(registry: Registry): EventLoopWatch {
  const registers = [registry];
  const countsTurns = canCountTurns();
  const options = { samplePerIteration: true, resolution: LOOKED_AT_EVERY };
  const delays = monitorEventLoopDelay(options);
  delays.enable();
  /** Nanoseconds. */
  let longest = 0;
  // The first of them, as metrics are read in the order in which they were made, sets all.
  const lag = new Gauge({
    name: nameOf(""),
    help: "Lag of event loop in seconds.",
    registers,
    collect() {
      const { min, mean, stddev, count } = delays;
      const max = Math.max(delays.max, longest);
      const known = {
        min,
        max,
        mean,
        stddev,
        count,
        percentile: (percent: number) => delays.percentile(percent),
      };
      for (const tell of figures) tell(known);
      delays.reset();
      longest = 0;
      const since = performance.now();
      setImmediate(() => lag.set((performance.now() - since) / 1_000));
    },
  });
  const figures = Object.entries(GAUGES).map(([what, { help, read }]) => {
    const gauge = new Gauge({ name: nameOf(`${what}_`), help, registers });
    const interval = countsTurns || what === "stddev" ? 0 : LOOKED_AT_EVERY;
    return (known: Delays) => gauge.set(latenessOf(read(known), interval));
  });
  return {
    held(milliseconds) {
      longest = Math.max(longest, milliseconds * 1e6);
    },
  };
}

/** Whether this Node knows the option, which others ignore: then it refuses what is none of its values. */
function canCountTurns(): boolean {
  try {
    const options = { samplePerIteration: "?", resolution: LOOKED_AT_EVERY };
    monitorEventLoopDelay(options as object);
    return false;
  } catch {
    return true;
  }
}

/** Seconds. Of no turn at all Node tells NaN, and a shortest one of 292 years; where it looks at intervals, they are in the figure. */
function latenessOf(nanoseconds: number, interval: number): number {
  const isKnown = Number.isFinite(nanoseconds) && nanoseconds < 1e18;
  return isKnown ? Math.max(0, nanoseconds / 1e9 - interval / 1_000) : 0;
}
