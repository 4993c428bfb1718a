import type { Row } from "../shared/describe.ts";
import { bars, graph, timeline } from "../shared/panels.ts";
import { ofDevice } from "../shared/select.ts";
import { LINK_STATE, LINK_STATES } from "../shared/states.ts";
import { UNIT } from "../shared/text.ts";

const grew = (metric: string): string => `increase(${ofDevice(metric)}[$__rate_interval])`;
const clock = ofDevice("hubhand_clock_timestamp_seconds");

/** How the link to the hub was, and why. */
export const link: Row = {
  title: "The link to the hub",
  panels: [
    timeline({
      title: "State",
      description:
        "What the link was in. Good: one green bar. waiting: it failed, and tries again after a while. deaf: it says online, and the hub has not proved for three checks that calls reach it. A gap: no metrics.",
      unit: UNIT.count,
      width: 24,
      height: 4,
      none: "no metrics",
      words: LINK_STATES,
      queries: [{ expr: LINK_STATE, legend: "link" }],
    }),
    bars({
      title: "Failures by class",
      description:
        "Why sessions failed or ended. network: the hub was not reached. tls: somebody else answered. refused: the hub is busy or throttles. unauthorized: key, certificate or registration. clock: the device's time. lost: a session ended. conflict: another client has this identity.",
      unit: UNIT.count,
      width: 8,
      none: "none",
      queries: [{ expr: `sum by (class) (${grew("hubhand_link_failures_total")}) > 0`, legend: "{{class}}" }],
    }),
    bars({
      title: "Attempts to get online",
      description: "Good: one that came online now and then, as tokens are renewed; few that failed.",
      unit: UNIT.count,
      width: 8,
      none: "none",
      queries: [
        { expr: `sum by (outcome) (${grew("hubhand_link_sessions_total")}) > 0`, legend: "{{outcome}}" },
      ],
    }),
    graph({
      title: "Wait before the next attempt",
      description:
        "0 while online. It grows with each failure up to link.backoff's bounds: seconds if the hub is out of reach, minutes if it refuses the identity.",
      unit: UNIT.seconds,
      width: 8,
      queries: [{ expr: `max(${ofDevice("hubhand_link_backoff_seconds")})`, legend: "wait" }],
    }),
    graph({
      title: "Online for",
      description:
        "Age of the session. Saw teeth of about an hour are renewed tokens; short ones are losses.",
      unit: UNIT.seconds,
      width: 8,
      none: "offline",
      queries: [
        {
          expr: `max(${clock}) - (max(${ofDevice("hubhand_link_connected_since_timestamp_seconds")}) > 0)`,
          legend: "age",
        },
      ],
    }),
    graph({
      title: "Since the hub last proved that calls arrive",
      description:
        "Good: saw teeth no higher than link.subscriptionCheck. Above the second line the device is deaf: restart the agent, and keep its log.",
      unit: UNIT.seconds,
      width: 8,
      none: "offline",
      queries: [
        {
          expr: `max(${clock}) - (max(${ofDevice("hubhand_link_checked_timestamp_seconds")}) > 0)`,
          legend: "since the proof",
        },
        {
          expr: `3 * max(${ofDevice("hubhand_link_check_interval_seconds")})`,
          legend: "deaf from here",
        },
      ],
    }),
    graph({
      title: "Clock against Prometheus",
      description:
        "How far the device's time is ahead (behind: below 0), up to the length of a scrape. Good: around 0. Tokens fail from some minutes on.",
      unit: UNIT.seconds,
      width: 8,
      queries: [{ expr: `max(${clock} - timestamp(${clock}))`, legend: "ahead by" }],
    }),
  ],
};
