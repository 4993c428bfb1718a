import type { Running } from "../running.ts";
import type { Effort, RunningMeasure } from "./measure.ts";

const pause = (seconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, seconds * 1000));

/** Online, and nobody calls. */
export const IDLE: RunningMeasure = {
  name: "idle",
  title: "Idle",
  phase: "quiet",
  figures: ({ quiet }) => [
    { key: "idle.resident", name: "resident", unit: "MB", goal: { of: "ratio", atMost: 0.85 } },
    { key: "idle.anonymous", name: "anonymous", unit: "MB" },
    { key: "idle.unique", name: "unique", unit: "MB", goal: { of: "value", atMost: 28 } },
    {
      key: "idle.cpu",
      name: `CPU a second, over ${quiet} s`,
      unit: "ms",
      goal: { of: "ratio", atMost: 1 },
    },
  ],
  async measure(running: Running, { settle, quiet }: Effort) {
    await pause(settle);
    const before = running.cpu();
    await pause(quiet);
    const cpu = (running.cpu() - before) / quiet;
    const { resident, anonymous, unique } = running.memory();
    return {
      "idle.resident": resident,
      "idle.anonymous": anonymous,
      "idle.unique": unique,
      "idle.cpu": cpu,
    };
  },
};
