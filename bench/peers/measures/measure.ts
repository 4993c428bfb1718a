import type { Arena } from "../arena.ts";
import type { Contender } from "../contenders/contender.ts";
import type { Running } from "../running.ts";

/** What hubhand is to reach: in its ratio to the bare SDK sample, or in the figure itself. */
export interface Goal {
  readonly of: "ratio" | "value";
  readonly atMost?: number;
  readonly atLeast?: number;
}

/** One row of the table. */
export interface Figure {
  /** Unlike all others, and the same for years: JSON has it. */
  readonly key: string;
  readonly name: string;
  readonly unit: string;
  readonly goal?: Goal;
  /** Says how the others came about: it has no ratio. */
  readonly isContext?: boolean;
  /** The figure that tells how busy the hub was meanwhile, in percent: above 90 this one is the hub's. */
  readonly boundedBy?: string;
}

/** By a figure's key; those that a contender cannot have are left out. */
export type Readings = Readonly<Record<string, number>>;

/** How much is done for the figures. */
export interface Effort {
  readonly rounds: number;
  /** Seconds until a contender that was started is quiet, and seconds that it is then watched. */
  readonly settle: number;
  readonly quiet: number;
  /** Calls in a round, in all that are made to a contender. */
  readonly calls: number;
  /** Also what needs the network, and minutes. */
  readonly isThorough: boolean;
}

interface Described {
  /** For `--only`. */
  readonly name: string;
  /** The heading above its rows. */
  readonly title: string;
  figures(effort: Effort): readonly Figure[];
}

/**
 * Looks at contenders that run. A round starts all of them in turn ("start"), leaves all alone at once ("quiet"), and calls
 * them in turn ("calls"); measures of one phase come one after the other.
 */
export interface RunningMeasure extends Described {
  readonly phase: "start" | "quiet" | "calls";
  measure(running: Running, effort: Effort): Promise<Readings>;
}

/** Does all by itself, after the round's others are over. */
export interface OwnMeasure extends Described {
  readonly phase: "apart";
  /** In the first round alone, as it is the same each time. */
  readonly isOnce: boolean;
  /** @throws NotHere */
  measure(contender: Contender, arena: Arena, effort: Effort): Promise<Readings>;
}

export type Measure = RunningMeasure | OwnMeasure;

/** A measure cannot be had on this machine; the message says why. */
export class NotHere extends Error {}
