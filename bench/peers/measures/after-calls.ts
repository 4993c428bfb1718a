import type { RunningMeasure } from "./measure.ts";

/** Right after a round's calls. */
export const AFTER_CALLS: RunningMeasure = {
  name: "after-calls",
  title: "Memory after calls",
  phase: "calls",
  figures({ calls }) {
    const after = `after ${calls.toLocaleString("en-GB")} calls`;
    return [
      { key: "after.resident", name: `resident ${after}`, unit: "MB", goal: { of: "ratio", atMost: 0.7 } },
      { key: "after.anonymous", name: `anonymous ${after}`, unit: "MB" },
      { key: "after.unique", name: `unique ${after}`, unit: "MB" },
      { key: "after.highWater", name: "the most that was resident", unit: "MB" },
    ];
  },
  async measure(running) {
    const { resident, anonymous, unique, highWater } = running.memory();
    return {
      "after.resident": resident,
      "after.anonymous": anonymous,
      "after.unique": unique,
      "after.highWater": highWater,
    };
  },
};
