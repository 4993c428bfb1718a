import { inspect } from "../inspector.ts";
import type { OwnMeasure } from "./measure.ts";

/** A part of a round's calls: the heap is not larger after more, or the table shows it elsewhere. */
const PART = 0.4;

/** What V8 has: in a process of its own, as the inspector takes memory too. */
export const INSIDE: OwnMeasure = {
  name: "inside",
  title: "Inside Node",
  phase: "apart",
  isOnce: true,
  figures: ({ calls }) => [
    {
      key: "inside.scripts",
      name: "JavaScript loaded to be online",
      unit: "kB",
      goal: { of: "value", atMost: 1000 },
    },
    { key: "inside.files", name: "files of it", unit: "" },
    { key: "inside.heap", name: "heap in use when online", unit: "MB" },
    {
      key: "inside.heapAfter",
      name: `heap in use after ${(calls * PART).toLocaleString("en-GB")} calls`,
      unit: "MB",
    },
  ],
  async measure(contender, arena, { calls }) {
    if (!contender.isNode) return {};
    const running = await arena.start(contender, ["--inspect=127.0.0.1:0"]);
    try {
      const url = running.inspectorUrl();
      if (url === undefined) throw new Error(`${contender.name} started no inspector`);
      using inspector = await inspect(url);
      const scripts = await inspector.scripts();
      const heap = await inspector.heapInUse();
      await running.call({ count: Math.max(1, calls * PART), atOnce: 64 });
      return {
        "inside.scripts": scripts.reduce((sum, { length }) => sum + length, 0) / 1000,
        "inside.files": scripts.length,
        "inside.heap": heap / 1e6,
        "inside.heapAfter": (await inspector.heapInUse()) / 1e6,
      };
    } finally {
      await running.stop();
    }
  },
};
