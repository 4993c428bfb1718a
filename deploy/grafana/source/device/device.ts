import { dashboardOf } from "../shared/dashboard.ts";
import { ofDevice } from "../shared/select.ts";
import { deviceVariables } from "../shared/variables.ts";
import { callsOfDevice } from "./calls.ts";
import { link } from "./link.ts";
import { messagesOfDevice } from "./messages.ts";
import { now } from "./now.ts";
import { plugins } from "./plugins.ts";
import { processAndLog } from "./process.ts";
import { tasks } from "./tasks.ts";

/** One device: how it is, how it was, and why. */
export const device = () =>
  dashboardOf({
    uid: "hubhand-device",
    title: "hubhand: device",
    description: "One device: its link, its calls, its plugins and tasks, its messages, its process.",
    from: "now-3h",
    variables: deviceVariables(),
    annotations: [
      {
        name: "Alerts",
        colour: "red",
        expr: 'ALERTS{alertstate="firing", alertname=~"Hubhand.+", job=~"$job", instance="$device"}',
      },
      {
        name: "Restart",
        colour: "blue",
        expr: `changes(${ofDevice("process_start_time_seconds")}[$__interval]) > 0`,
      },
    ],
    rows: [now, link, callsOfDevice, plugins, tasks, messagesOfDevice, processAndLog],
  });
