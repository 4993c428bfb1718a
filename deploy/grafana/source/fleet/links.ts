import type { Row } from "../shared/describe.ts";
import { bars, graph } from "../shared/panels.ts";
import { ofFleet, orZero } from "../shared/select.ts";
import { CONFLICT, DEAF, FLAPPING, FLAPPING_FROM, LATELY, OFFLINE } from "../shared/states.ts";
import { UNIT } from "../shared/text.ts";
import { named, RUNNING } from "../shared/who.ts";

const failures = `increase(${ofFleet("hubhand_link_failures_total")}[$__rate_interval])`;
const since = (states: string, legend: string) => ({ expr: orZero(`count(${states})`), legend });

/** How the links of all were over time. */
export const linksOfFleet: Row = {
  title: "Links to the hub",
  panels: [
    graph({
      title: "Devices by state",
      description:
        "How many run, and how many of them are offline, deaf, flapping or in conflict. All at once: the hub, or the network before it. One after the other: a roll-out, or keys and certificates that end. Down are targets that do not answer Prometheus.",
      unit: UNIT.count,
      width: 12,
      queries: [
        since(RUNNING, "running"),
        since(OFFLINE, "offline"),
        since(DEAF, "deaf"),
        since(FLAPPING, "flapping"),
        since(CONFLICT, "conflict"),
        since(`max by (instance) (${ofFleet("up")}) == 0`, "down"),
      ],
    }),
    bars({
      title: "Failures by class",
      description:
        "Sessions that failed or ended. network: the hub was not reached. tls: somebody else answered. refused: the hub is busy or throttles. unauthorized: key, certificate or registration. clock: the device's time is wrong. lost: a session ended. conflict: another client has the same identity.",
      unit: UNIT.count,
      width: 6,
      none: "none",
      queries: [{ expr: `sum by (class) (${failures}) > 0`, legend: "{{class}}" }],
    }),
    graph({
      title: "Least stable links",
      description:
        "The ten devices that lost most sessions in the half an hour before. Good: nothing above the line.",
      unit: UNIT.count,
      width: 6,
      none: "none",
      steps: ["green", [FLAPPING_FROM, "orange"]],
      queries: [
        {
          expr: `topk(10, ${named(`sum by (instance) (increase(${ofFleet("hubhand_link_failures_total", 'class=~"lost|conflict"')}[${LATELY}])) > 0`)})`,
          legend: "{{device}}",
        },
      ],
    }),
  ],
};
