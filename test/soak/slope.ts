/** One look at something that should not grow: when, in milliseconds, and how much. */
export interface Sample {
  readonly at: number;
  readonly value: number;
}

export interface Trend {
  /** Over the time that was watched, along the line that fits best. */
  readonly growth: number;
  /** By so much it grew at least, with 99 % certainty; below 0 if it may have shrunk. */
  readonly certainGrowth: number;
  readonly perHour: number;
  /** The lowest and the highest of the values that the line was laid through. */
  readonly low: number;
  readonly high: number;
}

/** The first third is for what is made once: caches, compiled code, buffers at their largest. */
const SETTLING_SHARE = 1 / 3;
/** Enough for a line, and each long enough to see a collection in a soak of half an hour. */
const WINDOWS = 12;
/** Student's t for 99 %, one-sided, with WINDOWS - 2 degrees of freedom. */
const T_99 = 2.764;
const HOUR_MS = 3_600_000;

/**
 * The slope by least squares over the last two thirds, through the lowest value of each of twelve windows: garbage that
 * waits for its collection lies above those, and a leak lifts them.
 * @returns undefined where there are too few samples for a judgement
 */
export function trendOf(samples: readonly Sample[]): Trend | undefined {
  const [first] = samples;
  const last = samples.at(-1);
  if (first === undefined || last === undefined) return undefined;
  const from = first.at + (last.at - first.at) * SETTLING_SHARE;
  const length = (last.at - from) / WINDOWS;
  const lowest = Array.from({ length: WINDOWS }, (_, index) => {
    const begins = from + index * length;
    const within = samples.filter(({ at }) => at >= begins && at <= begins + length);
    return within.length === 0
      ? undefined
      : { at: begins + length / 2, value: Math.min(...within.map(({ value }) => value)) };
  });
  const points = lowest.filter((point) => point !== undefined);
  if (points.length < WINDOWS / 2 || length === 0) return undefined;

  const { slope, error } = fitLine(points);
  const span = last.at - from;
  const values = points.map(({ value }) => value);
  return {
    growth: slope * span,
    certainGrowth: (slope - T_99 * error) * span,
    perHour: slope * HOUR_MS,
    low: Math.min(...values),
    high: Math.max(...values),
  };
}

/** The slope of the straight line nearest to the points, and its standard error. */
function fitLine(points: readonly Sample[]): { slope: number; error: number } {
  const middle = mean(points.map(({ at }) => at));
  const level = mean(points.map(({ value }) => value));
  const spread = sum(points.map(({ at }) => (at - middle) ** 2));
  const slope = sum(points.map(({ at, value }) => (at - middle) * (value - level))) / spread;
  const rest = sum(points.map(({ at, value }) => (value - level - slope * (at - middle)) ** 2));
  return { slope, error: Math.sqrt(rest / (points.length - 2) / spread) };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const mean = (values: readonly number[]): number => sum(values) / values.length;
