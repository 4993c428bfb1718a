import { LINE_LEVELS } from "../../rules/log-levels.ts";
import type { Kit } from "./kit.ts";

/** Told once at start; the values of `hubhand_build_info`. */
export interface BuildInfo {
  readonly version: string;
  readonly node: string;
  readonly commit: string;
  /** What the operator calls what runs (`twin.revision`). */
  readonly revision?: string | null;
}

/** What is told of the agent itself. */
export function agentInstruments({ counter, gauge, labelledGauge }: Kit, build: BuildInfo) {
  const { revision = null, ...named } = build;
  labelledGauge(
    "hubhand_build_info",
    "Version of hubhand, of Node, the commit it was built from and the operator's own name of it; always 1.",
    {
      version: { what: "hubhand's version" },
      node: { what: "Node's version" },
      commit: { what: "the commit" },
      revision: { what: "twin.revision; absent if that is not set" },
    },
  ).set({ ...named, ...(revision === null ? {} : { revision }) }, 1);
  const clock = gauge("hubhand_clock_timestamp_seconds", "The device's own time, in seconds since 1970.");
  clock.readBy(() => clock.setToCurrentTime());
  return {
    clock,
    logLines: counter("hubhand_log_lines_total", "Lines of the log, by level.", {
      level: { what: "the line's level", values: LINE_LEVELS },
    }),
    logDropped: counter(
      "hubhand_log_dropped_lines_total",
      "Lines of the log that were dropped, by where they were to go.",
      { destination: { what: "standard output, or the log file", values: ["output", "file"] } },
    ),
  };
}
