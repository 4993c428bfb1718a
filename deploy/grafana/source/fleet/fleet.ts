import { dashboardOf } from "../shared/dashboard.ts";
import { fleetVariables } from "../shared/variables.ts";
import { atAGlance } from "./at-a-glance.ts";
import { callsOfFleet } from "./calls.ts";
import { linksOfFleet } from "./links.ts";
import { messagesOfFleet } from "./messages.ts";
import { pluginsAndTasksOfFleet } from "./plugins-and-tasks.ts";
import { slowAndFailing } from "./slow-and-failing.ts";
import { versions } from "./versions.ts";

/** All devices: who needs help, which methods are slow and why. */
export const fleet = () =>
  dashboardOf({
    uid: "hubhand-fleet",
    title: "hubhand: fleet",
    description:
      "All devices: which of them need help, which methods are slow or fail and why, what runs where.",
    from: "now-1h",
    variables: fleetVariables(),
    annotations: [
      {
        name: "Alerts",
        colour: "red",
        expr: 'ALERTS{alertstate="firing", alertname=~"Hubhand.+", job=~"$job", instance=~"$device"}',
      },
    ],
    rows: [
      atAGlance,
      slowAndFailing,
      callsOfFleet,
      linksOfFleet,
      messagesOfFleet,
      pluginsAndTasksOfFleet,
      versions,
    ],
  });
