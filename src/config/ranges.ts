import { printDuration } from "../durations.ts";
import type { Entry } from "./secrets.ts";

const BACKOFF_CLASSES = ["network", "refused", "unauthorized", "conflict"];

/** Values that each fit, but not together: a first wait that is over the longest one. */
export function rangeProblems(settled: ReadonlyMap<string, Entry>): string[] {
  return BACKOFF_CLASSES.flatMap((name) => {
    const base = settled.get(`link.backoff.${name}Base`);
    const max = settled.get(`link.backoff.${name}Max`);
    if (!base || !max || Number(base.value) <= Number(max.value)) return [];
    const [first, longest] = [base, max].map(
      ({ value, origin }) => `${printDuration(Number(value))} (${origin})`,
    );
    return [
      `${base.key.name}: ${first} is over ${max.key.name}, ${longest}. Lower the one or raise the other.`,
    ];
  });
}
