import type { Kit } from "./kit.ts";

/** As src/link/supervisor.ts and src/link/failure.ts have them. */
export const STATES = ["stopped", "connecting", "online", "waiting", "closing"] as const;
export const CLASSES = ["network", "tls", "refused", "unauthorized", "clock", "lost", "conflict"] as const;

export const linkInstruments = ({ counter, gauge, labelledGauge }: Kit) => ({
  linkState: labelledGauge("hubhand_link_state", "1 for the state that the link is in, 0 for the others.", {
    state: { what: "a state of the link", values: STATES },
  }),
  linkSessions: counter("hubhand_link_sessions_total", "Attempts to get online, by outcome.", {
    outcome: { what: "how the attempt ended", values: ["online", "failed"] },
  }),
  linkFailures: counter(
    "hubhand_link_failures_total",
    "Sessions that failed or ended, by class of failure.",
    {
      class: { what: "a class of failure; [link.md](../link.md) says what each means", values: CLASSES },
    },
  ),
  linkBackoff: gauge(
    "hubhand_link_backoff_seconds",
    "The wait before the next attempt; 0 when there is none.",
  ),
  linkConnectedSince: gauge(
    "hubhand_link_connected_since_timestamp_seconds",
    "When the session that is online began, in seconds since 1970; 0 when offline.",
  ),
  linkCertificateExpiry: gauge(
    "hubhand_link_certificate_expiry_timestamp_seconds",
    "When the device's certificate ends, in seconds since 1970; 0 for a device without one.",
  ),
  linkChecked: gauge(
    "hubhand_link_checked_timestamp_seconds",
    "When the hub last proved that it sends this device its calls, in seconds since 1970; 0 when offline.",
  ),
  linkCheckInterval: gauge(
    "hubhand_link_check_interval_seconds",
    "How often the hub is asked to prove it (link.subscriptionCheck).",
  ),
  deviceInfo: labelledGauge(
    "hubhand_device_info",
    "Who the device is to the hub, once that is known; always 1.",
    {
      device: { what: "the device's id" },
      module: { what: "the module's id; empty for a device" },
      hub: { what: "the hub's host name" },
    },
    {
      absent:
        "until the identity is known; there is one at a time, also when provisioning assigns another hub",
    },
  ),
});
