import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import { quickCounter, quickHistogram } from "./quick-series.ts";

/** What a label says. */
export interface LabelMeaning {
  /** For the reference: what its values are, who gives them, and why there are not endlessly many. */
  readonly what: string;
  /** All that there can be, if they are known beforehand. */
  readonly values?: readonly string[];
}

type Labels = Readonly<Record<string, LabelMeaning>>;
type NameOf<Some extends Labels> = keyof Some & string;

/** What stands beside the help, for the reference. */
interface More {
  /** When it has no value, or has one only for a while. */
  readonly absent?: string;
}

/** An instrument as the reference tells it: docs/reference/metrics.md. */
export interface InstrumentDescription extends More {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
  readonly labels: Labels;
  readonly buckets?: readonly number[];
}

/**
 * A gauge that may ask for its value when somebody looks, so that keeping it costs nothing meanwhile. The methods run
 * with each scrape: they read what is in memory, and do not throw.
 */
export class ReadGauge<Label extends string = string> extends Gauge<Label> {
  /** Whenever somebody looks, `read` sets the series that there are; those of the last time are gone. The latest counts. */
  readBy(read: () => void): void {
    const collect = (): void => {
      this.reset();
      read();
    };
    Object.assign(this, { collect });
  }
}

export interface Kit {
  /** In the order in which they were made. */
  readonly descriptions: readonly InstrumentDescription[];
  /** One whose only label has known values stands at 0 for each from the start: a rate must see the first time. */
  counter<Some extends Labels>(name: string, help: string, labels: Some, more?: More): Counter<NameOf<Some>>;
  gauge(name: string, help: string, more?: More): ReadGauge;
  labelledGauge<Some extends Labels>(
    name: string,
    help: string,
    labels: Some,
    more?: More,
  ): ReadGauge<NameOf<Some>>;
  histogram<Some extends Labels>(
    name: string,
    help: string,
    options: { readonly labels: Some; readonly buckets: readonly number[] } & More,
  ): Histogram<NameOf<Some>>;
}

/** Makes instruments on a registry, and remembers what they mean. */
export function createKit(registry: Registry): Kit {
  const registers = [registry];
  const descriptions: InstrumentDescription[] = [];
  const namesOf = <Some extends Labels>(labels: Some) => Object.keys(labels) as NameOf<Some>[];

  return {
    descriptions,
    counter(name, help, labels, more = {}) {
      descriptions.push({ name, type: "counter", help, labels, ...more });
      const labelNames = namesOf(labels);
      const counter = quickCounter(new Counter({ name, help, labelNames, registers }), labelNames);
      const [only, ...others] = Object.entries(labels);
      if (only === undefined || others.length > 0) return counter;
      const [label, { values = [] }] = only;
      for (const value of values)
        counter.inc({ [label]: value } as Partial<Record<(typeof labelNames)[number], string>>, 0);
      return counter;
    },
    gauge(name, help, more = {}) {
      descriptions.push({ name, type: "gauge", help, labels: {}, ...more });
      return new ReadGauge({ name, help, registers });
    },
    labelledGauge(name, help, labels, more = {}) {
      descriptions.push({ name, type: "gauge", help, labels, ...more });
      return new ReadGauge({ name, help, labelNames: namesOf(labels), registers });
    },
    histogram(name, help, { labels, buckets, ...more }) {
      descriptions.push({ name, type: "histogram", help, labels, buckets, ...more });
      const names = namesOf(labels);
      const histogram = new Histogram({ name, help, labelNames: names, buckets: [...buckets], registers });
      return quickHistogram(histogram, { names, buckets });
    },
  };
}
