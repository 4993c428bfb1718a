import type { Counter, Gauge } from "prom-client";

/** What an instrument without labels says now. */
export async function readingOf(instrument: Gauge | Counter): Promise<number> {
  const { values } = await instrument.get();
  return values[0]?.value ?? 0;
}

/** What one with a single label says, by that label's value. */
export async function readingsBy<Label extends string>(
  instrument: Gauge<Label> | Counter<Label>,
  label: Label,
): Promise<ReadonlyMap<string, number>> {
  const { values } = await instrument.get();
  return new Map(values.map(({ labels, value }) => [String(labels[label]), value]));
}
