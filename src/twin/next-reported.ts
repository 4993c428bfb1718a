import { type Answers, acknowledged, type IsDesired, withoutLargestValue } from "./acknowledgement.ts";
import { reportableObject, SIZE_LIMIT, sizeOf } from "./limits.ts";
import { type PropertyObject, without } from "./properties.ts";
import { READ_ONLY } from "./writable.ts";

/** How much is told: 0 all of it, and with each step less; at the greatest next to nothing. */
export type Brevity = 0 | 1 | 2 | 3;
const BREVITIES: readonly Brevity[] = [0, 1, 2, 3];

/** What the device tells of itself, by the names of `READ_ONLY`; undefined where it does not know yet: that stays as it is. */
export type Snapshot = (brevity: Brevity) => PropertyObject;

export interface ReportedOptions {
  /** What the hub has now. */
  readonly known: PropertyObject;
  readonly snapshot: Snapshot;
  readonly answers: Answers;
  readonly isDesired: IsDesired;
}

export interface NextReported {
  readonly next: PropertyObject;
  /** Not all of it fits. */
  readonly isCut: boolean;
  /** The device does not know all of itself yet. */
  readonly isPartial: boolean;
}

/**
 * What the hub should have: acknowledgements, what the device tells of itself, and as it is whatever others have put there.
 * If all of it is too large it says less of itself; then values acknowledged are left out, the largest first.
 */
export function nextReported(options: ReportedOptions): NextReported {
  const { known, snapshot } = options;
  const all = snapshot(0);
  const isPartial = Object.values(all).includes(undefined);
  const isUnknown = (name: string) => Object.hasOwn(all, name) && all[name] === undefined;
  const others = acknowledged(
    without(known, (name) => READ_ONLY.includes(name)),
    options,
  );
  const size = sizeOf(others);
  const kept = Object.fromEntries(Object.entries(known).filter(([name]) => isUnknown(name)));
  let told: PropertyObject = {};
  for (const brevity of BREVITIES) {
    told = { ...kept, ...reportableObject(snapshot(brevity)) };
    if (size + sizeOf(told) <= SIZE_LIMIT)
      return { next: { ...others, ...told }, isCut: brevity > 0, isPartial };
  }
  let fitting: PropertyObject | undefined = others;
  while (fitting !== undefined) {
    const next: PropertyObject = { ...fitting, ...told };
    if (sizeOf(next) <= SIZE_LIMIT) return { next, isCut: true, isPartial };
    fitting = withoutLargestValue(fitting, sizeOf);
  }
  // What others have put there leaves no room: the hub decides, property by property.
  return { next: { ...others, ...told }, isCut: true, isPartial };
}
