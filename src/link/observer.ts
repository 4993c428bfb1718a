import type { Metrics } from "../observe/metrics/metrics.ts";
import { FAILURE_CLASSES } from "./failure.ts";
import type { LinkStatus } from "./link.ts";
import { LINK_STATES, type LinkObserver } from "./supervisor.ts";

export type LinkInstruments = Pick<
  Metrics,
  | "linkState"
  | "linkSessions"
  | "linkFailures"
  | "linkBackoff"
  | "linkConnectedSince"
  | "linkChecked"
  | "linkCheckInterval"
>;

/**
 * Writes what the supervisor tells into the metrics; every series exists from the start, so that a rate works.
 * @param subscriptionCheck milliseconds between two checks
 */
export function observeLink(
  metrics: LinkInstruments,
  { subscriptionCheck }: { subscriptionCheck: number },
): LinkObserver {
  for (const outcome of ["online", "failed"]) metrics.linkSessions.inc({ outcome }, 0);
  for (const failure of FAILURE_CLASSES) metrics.linkFailures.inc({ class: failure }, 0);
  metrics.linkCheckInterval.set(subscriptionCheck / 1000);
  const stateChanged: LinkObserver["stateChanged"] = (state) => {
    for (const each of LINK_STATES) metrics.linkState.set({ state: each }, each === state ? 1 : 0);
    if (state === "online") metrics.linkConnectedSince.setToCurrentTime();
    else metrics.linkConnectedSince.set(0);
    if (state !== "online") metrics.linkChecked.set(0);
  };
  stateChanged("stopped");
  return {
    stateChanged,
    attempted: (outcome) => metrics.linkSessions.inc({ outcome }),
    failed: (failure) => metrics.linkFailures.inc({ class: failure.class }),
    backoff: (milliseconds) => metrics.linkBackoff.set(milliseconds / 1000),
    checked: () => metrics.linkChecked.setToCurrentTime(),
  };
}

/** Tells who the device is now, whenever somebody looks: one series, as a device has one identity at a time. */
export function observeIdentity(
  { deviceInfo }: Pick<Metrics, "deviceInfo">,
  status: () => Pick<LinkStatus, "identity">,
): void {
  deviceInfo.readBy(() => {
    const { identity } = status();
    if (identity === undefined) return;
    const { device = "", module = "", hub = "" } = identity;
    deviceInfo.set({ device, module, hub }, 1);
  });
}
