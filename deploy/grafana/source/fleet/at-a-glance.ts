import type { Row } from "../shared/describe.ts";
import { number } from "../shared/panels.ts";
import { ofFleet } from "../shared/select.ts";
import {
  CONFLICT,
  count,
  DEAF,
  DOWN,
  FLAPPING,
  OFFLINE,
  ONLINE,
  TROUBLE,
  TROUBLES,
} from "../shared/states.ts";
import { table } from "../shared/table.ts";
import { NEUTRAL, NONE_IS_GOOD, SOME_ARE_TROUBLE, type Steps, UNIT } from "../shared/text.ts";
import { KNOWN, NAMES, VERSIONS } from "../shared/who.ts";

const many = (title: string, states: string, steps: Steps, width: number, description: string) =>
  number({
    ...{ title, description, steps, width, unit: UNIT.count },
    queries: [{ expr: count(states), legend: title }],
  });

const stateOnline = ofFleet("hubhand_link_state", 'state="online"');
const checked = ofFleet("hubhand_link_checked_timestamp_seconds");
/** For the deaf one the hub's last proof, for all others the last time that they were online. */
const LAST_WELL = `1000 * (max by (instance) (${checked}) and on (instance) ${DEAF} or on (instance) max by (instance) (max_over_time(timestamp(${stateOnline} == 1)[$__range:$__interval])))`;

const failures = ofFleet("hubhand_link_failures_total");
/** The class whose counter grew last; of those that grew before Prometheus looked, the one that there are most of. */
const LAST_FAILURE = `topk by (instance) (1, max by (instance, class) (max_over_time(timestamp(increase(${failures}[$__rate_interval]) > 0)[$__range:$__interval]))) or on (instance) topk by (instance) (1, sum by (instance, class) (${failures} > 0))`;

/** Read in ten seconds: how many are well, and who is not. */
export const atAGlance: Row = {
  title: "Who needs help",
  panels: [
    many(
      "Devices",
      KNOWN,
      NEUTRAL,
      4,
      "Devices of the chosen jobs that were there in the time that is shown, and targets that have never answered. One that was taken out of service is counted until that time is over.",
    ),
    many(
      "Online",
      ONLINE,
      ["orange", [1, "green"]],
      4,
      "Devices that say that they are online, deaf ones among them. Good: as many as there are devices.",
    ),
    many(
      "Deaf",
      DEAF,
      NONE_IS_GOOD,
      4,
      "Devices that say that they are online while the hub has not proved for three checks (link.subscriptionCheck) that calls reach them. Good: 0. They do not mend themselves: restart the agent, and keep its log.",
    ),
    many(
      "Conflict",
      CONFLICT,
      NONE_IS_GOOD,
      3,
      "Devices that shared their identity with another client in the last half an hour: each ends the other's sessions. Good: 0. Find the second one, and give it an identity of its own.",
    ),
    many(
      "Down",
      DOWN,
      NONE_IS_GOOD,
      3,
      "Devices that Prometheus has no metrics of: no power, no network, or no agent. The hub may still reach them. Good: 0.",
    ),
    many(
      "Offline",
      OFFLINE,
      SOME_ARE_TROUBLE,
      3,
      "Agents that run and have no link to the hub. Good: 0 for longer than a minute. The table says why.",
    ),
    many(
      "Flapping",
      FLAPPING,
      SOME_ARE_TROUBLE,
      3,
      "Devices that lost three sessions or more in the last half an hour. Good: 0. Look at the network between them and the hub.",
    ),
    table({
      title: "Who needs help, the worst first",
      description:
        "Each device that is deaf, in conflict, down, offline, flapping or has a broken plugin, with the worst of these. Last well: when the hub last proved that calls reach it, or when it was last online; empty if not in the time that is shown. Last failure: its class, as far as the time that is shown reaches back. Good: nobody. A click on the address opens the device.",
      width: 24,
      height: 9,
      none: "nobody",
      joined: "instance",
      only: "A",
      sortedBy: "State",
      queries: [
        { expr: TROUBLE },
        { expr: NAMES },
        { expr: LAST_WELL },
        { expr: LAST_FAILURE },
        { expr: VERSIONS },
      ],
      columns: [
        { of: "A", title: "State", words: TROUBLES, width: 150 },
        { of: "device", title: "Device" },
        { of: "instance", title: "instance", opens: true },
        { of: "C", title: "Last well", unit: UNIT.ago },
        { of: "class", title: "Last failure" },
        { of: "version", title: "Version" },
      ],
    }),
  ],
};
