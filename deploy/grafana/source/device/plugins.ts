import type { Row } from "../shared/describe.ts";
import { bars, timeline } from "../shared/panels.ts";
import { ofDevice, THE_PLUGINS } from "../shared/select.ts";
import { table } from "../shared/table.ts";
import { UNIT, YES_NO } from "../shared/text.ts";

const UP = `min by (plugin, kind) (${ofDevice("hubhand_plugin_up", THE_PLUGINS)})`;
const restarts = ofDevice("hubhand_plugin_restarts_total", THE_PLUGINS);

/** What answers its methods. */
export const plugins: Row = {
  title: "Plugins",
  panels: [
    table({
      title: "Plugins",
      description:
        "Each plugin: does it serve, which version, and how often it was started anew since the agent started. Good: yes, and none. /readyz and hubhand.describe tell what is wrong with one that does not.",
      width: 12,
      none: "none",
      joined: "plugin",
      only: "A",
      sortedBy: "Restarts",
      queries: [
        { expr: UP },
        { expr: `max by (plugin, version) (${ofDevice("hubhand_plugin_info", THE_PLUGINS)})` },
        { expr: `sum by (plugin) (${restarts})` },
      ],
      columns: [
        { of: "plugin", title: "Plugin" },
        { of: "kind", title: "Kind" },
        { of: "A", title: "Serves", words: YES_NO },
        { of: "version", title: "Version" },
        { of: "C", title: "Restarts", steps: ["green", [1, "orange"]] },
      ],
    }),
    timeline({
      title: "Plugins over time",
      description:
        "Good: green throughout. Red: broken, or between two starts; its calls are answered plugin_down.",
      unit: UNIT.count,
      width: 12,
      none: "none",
      words: YES_NO,
      queries: [{ expr: UP, legend: "{{plugin}}" }],
    }),
    bars({
      title: "Restarts of plugins",
      description:
        "When a plugin's worker or process was started anew. Good: none but when it is reloaded. Its log lines before tell why.",
      unit: UNIT.count,
      width: 24,
      height: 5,
      none: "none",
      queries: [
        { expr: `sum by (plugin) (increase(${restarts}[$__rate_interval])) > 0`, legend: "{{plugin}}" },
      ],
    }),
  ],
};
