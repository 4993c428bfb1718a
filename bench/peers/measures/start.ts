import type { RunningMeasure } from "./measure.ts";

const FASTER = { of: "ratio", atMost: 0.6 } as const;

/** From the spawn, with the tools that Node itself takes. */
export const START: RunningMeasure = {
  name: "start",
  title: "Start",
  phase: "start",
  figures: () => [
    { key: "start.connected", name: "spawn to CONNECT", unit: "ms" },
    { key: "start.subscribed", name: "spawn to subscribed", unit: "ms", goal: FASTER },
    { key: "start.answered", name: "spawn to online: the first call is answered", unit: "ms", goal: FASTER },
    { key: "start.cpu", name: "CPU until then", unit: "ms" },
  ],
  async measure({ start }) {
    return {
      "start.connected": start.connected,
      "start.subscribed": start.subscribed,
      "start.answered": start.answered,
      "start.cpu": start.cpu,
    };
  },
};
