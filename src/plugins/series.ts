import { CALL_OUTCOMES, JOB_OUTCOMES } from "../observe/metrics/methods.ts";
import type { Metrics } from "../observe/metrics/metrics.ts";
import type { Plugin } from "./plugin.ts";

/** Instruments that have series for each method and each message handler. */
export type SeriesOfPlugins = Pick<
  Metrics,
  | "methodCalls"
  | "methodDuration"
  | "methodQueue"
  | "extraReplies"
  | "lostReplies"
  | "jobs"
  | "messageDuration"
>;

export interface SeriesOptions {
  readonly metrics: SeriesOfPlugins;
  isMethod(name: string): boolean;
  isHandler(name: string): boolean;
}

/**
 * The series of what plugins offer: there as long as that is. A plugin that names its methods anew with each version would
 * fill memory, and every scrape, with those that nobody can call any more.
 */
export function createSeries({ metrics, isMethod, isHandler }: SeriesOptions) {
  const byMethod = [metrics.methodDuration, metrics.methodQueue, metrics.extraReplies, metrics.lostReplies];

  function endMethod(method: string): void {
    for (const each of byMethod) each.remove({ method });
    for (const outcome of CALL_OUTCOMES) metrics.methodCalls.remove({ method, outcome });
    for (const outcome of JOB_OUTCOMES) metrics.jobs.remove({ method, outcome });
  }

  return {
    /** From nothing to one must show as a rate: the series is there before the first call. */
    begin({ methods }: Plugin): void {
      for (const { name: method } of methods) metrics.methodCalls.inc({ method, outcome: "ok" }, 0);
    },
    /** Takes away those of what this plugin offered, and nobody offers now. */
    end({ methods, messages }: Plugin): void {
      for (const { name } of methods) if (!isMethod(name)) endMethod(name);
      for (const { name: handler } of messages)
        if (!isHandler(handler)) metrics.messageDuration.remove({ handler });
    },
  };
}
