import type { Row } from "../shared/describe.ts";
import { graph } from "../shared/panels.ts";
import { ofFleet } from "../shared/select.ts";
import { table } from "../shared/table.ts";
import { UNIT } from "../shared/text.ts";
import { named } from "../shared/who.ts";

/** What runs, and whether it stays up. */
export const versions: Row = {
  title: "Versions and restarts",
  panels: [
    table({
      title: "Versions",
      description:
        "How many devices run which version of hubhand, which revision of yours (twin.revision) and which Node. Good: one line, or two during a roll-out.",
      width: 8,
      none: "no devices",
      sortedBy: "Devices",
      queries: [{ expr: `count by (version, revision, commit, node) (${ofFleet("hubhand_build_info")})` }],
      columns: [
        { of: "version", title: "Version" },
        { of: "revision", title: "Revision" },
        { of: "commit", title: "Commit" },
        { of: "node", title: "Node" },
        { of: "A", title: "Devices" },
      ],
    }),
    graph({
      title: "Devices by version",
      description: "How a roll-out goes: the old version's line falls as the new one's grows.",
      unit: UNIT.count,
      width: 8,
      none: "no devices",
      queries: [
        {
          expr: `count by (version, revision) (${ofFleet("hubhand_build_info")})`,
          legend: "{{version}} {{revision}}",
        },
      ],
    }),
    graph({
      title: "Restarts",
      description:
        "How often agents were started anew in the hour before, the ten with most. Good: none. The twin of the device tells how the run before ended (agent.lastExit).",
      unit: UNIT.count,
      width: 8,
      none: "none",
      steps: ["green", [2, "orange"]],
      queries: [
        {
          expr: `topk(10, ${named(`sum by (instance) (changes(${ofFleet("process_start_time_seconds")}[1h])) > 0`)})`,
          legend: "{{device}}",
        },
      ],
    }),
  ],
};
