import type { Metrics } from "../observe/metrics.ts";
import { FAILURE_CLASSES } from "./failure.ts";
import { LINK_STATES, type LinkObserver } from "./supervisor.ts";

export type LinkInstruments = Pick<
  Metrics,
  "linkState" | "linkSessions" | "linkFailures" | "linkBackoff" | "linkConnectedSince"
>;

/** Writes what the supervisor tells into the metrics; every series exists from the start, so that a rate works. */
export function observeLink(metrics: LinkInstruments): LinkObserver {
  for (const outcome of ["online", "failed"]) metrics.linkSessions.inc({ outcome }, 0);
  for (const failure of FAILURE_CLASSES) metrics.linkFailures.inc({ class: failure }, 0);
  const stateChanged: LinkObserver["stateChanged"] = (state) => {
    for (const each of LINK_STATES) metrics.linkState.set({ state: each }, each === state ? 1 : 0);
    metrics.linkConnectedSince.set(state === "online" ? Date.now() / 1000 : 0);
  };
  stateChanged("stopped");
  return {
    stateChanged,
    attempted: (outcome) => metrics.linkSessions.inc({ outcome }),
    failed: (failure) => metrics.linkFailures.inc({ class: failure.class }),
    backoff: (milliseconds) => metrics.linkBackoff.set(milliseconds / 1000),
  };
}
