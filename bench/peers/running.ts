import type { CallFigures, CallPlan } from "../light-hub/calls.ts";
import type { MemoryFigures } from "../support/process-figures.ts";

export interface Call extends CallFigures {
  /** Milliseconds of processor time of the contender. */
  readonly cpu: number;
  /** The same of the hub and of the bench itself. */
  readonly hubCpu: number;
}

/** A contender that answers. */
export interface Running {
  readonly pid: number;
  /** Milliseconds from its spawn until its CONNECT came, it had subscribed, and its first call was answered. */
  readonly start: {
    readonly connected: number;
    readonly subscribed: number;
    readonly answered: number;
    /** Of processor time, until then. */
    readonly cpu: number;
  };
  /** Milliseconds of processor time so far. */
  cpu(): number;
  memory(): MemoryFigures;
  /** Of the method `echo`, unless the plan names another. */
  call(plan: Pick<CallPlan, "count" | "atOnce"> & Partial<CallPlan>): Promise<Call>;
  /** Of a Node that was started with --inspect. */
  inspectorUrl(): string | undefined;
  stop(): Promise<void>;
}
