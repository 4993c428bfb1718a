import type { Counter, Histogram } from "prom-client";

/**
 * prom-client (15.1) makes a text of the labels for each value that it is told, and looks the series up by it. Here its own
 * record of a series is found once: from then on a value costs an addition. Who looks, and whoever takes a series away, deals
 * with prom-client as ever. What is not as it is known to be goes prom-client's own way.
 */
interface Row {
  readonly labels: Readonly<Record<string, unknown>>;
}

interface CounterRow extends Row {
  value: number;
}

interface HistogramRow extends Row {
  /** How many in each bucket, itself alone; by its upper bound. */
  readonly bucketValues: Record<string, number>;
  sum: number;
  count: number;
}

/** Where prom-client keeps the rows of an instrument. */
interface Kept<Of extends Row> {
  readonly hashMap: Readonly<Record<string, Of>>;
}

type Labels = Readonly<Record<string, string | number>>;

/** What is done with an instrument here, whatever its labels are called. */
interface Told {
  inc(labels: Labels | number | undefined, value?: number): void;
  observe(labels: Labels, value: number): void;
  remove(...labels: readonly unknown[]): void;
}

/** Adds without a detour. */
export function quickCounter<Name extends string>(
  counter: Counter<Name>,
  names: readonly Name[],
): Counter<Name> {
  if (!areFew(names)) return counter;
  const { inc: plain, remove } = counter as unknown as Told;
  const rows = createRows<CounterRow>(counter, names);

  function inc(labels?: Labels | number, value = 1): void {
    const isPlain = typeof labels !== "object" || !(value >= 0 && value < Number.POSITIVE_INFINITY);
    const row = isPlain ? undefined : rows.of(labels);
    if (row === undefined) plain.call(counter, labels, typeof labels === "object" ? value : undefined);
    else row.value += value;
  }

  return Object.assign(counter, { inc, remove: rows.forgetting(remove.bind(counter)) });
}

/** Observes without a detour. */
export function quickHistogram<Name extends string>(
  histogram: Histogram<Name>,
  { names, buckets }: { readonly names: readonly Name[]; readonly buckets: readonly number[] },
): Histogram<Name> {
  if (!areFew(names)) return histogram;
  const { observe: plain, remove } = histogram as unknown as Told;
  const rows = createRows<HistogramRow>(histogram, names);
  const bounds = buckets.map((upTo) => ({ upTo, key: String(upTo) }));

  function observe(labels: Labels, value: number): void {
    const row = Number.isFinite(value) ? rows.of(labels) : undefined;
    if (row === undefined) {
      plain.call(histogram, labels, value);
      return;
    }
    row.sum += value;
    row.count += 1;
    for (const { upTo, key } of bounds) {
      if (value > upTo) continue;
      row.bucketValues[key] = (row.bucketValues[key] ?? 0) + 1;
      return;
    }
  }

  return Object.assign(histogram, { observe, remove: rows.forgetting(remove.bind(histogram)) });
}

/** The others are told so seldom that nobody waits. */
const areFew = ({ length }: readonly string[]): boolean => length === 1 || length === 2;

/** The rows of an instrument with one label or two, by what these say. */
function createRows<Of extends Row>(instrument: object, [first = "", second]: readonly string[]) {
  const known = new Map<unknown, Map<unknown, Of>>();
  const sorted = second === undefined ? [first] : [first, second].sort();
  const secondOf = (labels: Row["labels"]): unknown => (second === undefined ? undefined : labels[second]);

  function learn(labels: Labels): Of | undefined {
    const { hashMap } = instrument as Partial<Kept<Of>>;
    // As its lib/util.js makes it. Two series may have the same by chance: then it is prom-client who cannot tell them apart.
    const row = hashMap?.[sorted.map((name) => `${name}:${labels[name]},`).join("")];
    if (row === undefined || row.labels[first] !== labels[first]) return undefined;
    if (secondOf(row.labels) !== secondOf(labels)) return undefined;
    const rows = known.get(labels[first]) ?? new Map<unknown, Of>();
    known.set(labels[first], rows.set(secondOf(labels), row));
    return row;
  }

  return {
    /** Undefined if there is no such series yet. */
    of: (labels: Labels): Of | undefined => known.get(labels[first])?.get(secondOf(labels)) ?? learn(labels),
    /** Whatever goes, all are looked up anew: that is seldom. */
    forgetting:
      <Args extends unknown[]>(remove: (...args: Args) => void) =>
      (...args: Args): void => {
        known.clear();
        remove(...args);
      },
  };
}
