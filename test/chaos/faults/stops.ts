import { expect } from "vitest";
import { waitUntil } from "../../support/time/wait-until.ts";
import type { BadMoment } from "../support/fault.ts";
import type { LocalScene } from "../support/local-scene.ts";
import type { Answer } from "../support/scene.ts";
import { SHORT_ATTEMPTS } from "../support/sights.ts";

/** Moments at which it is hard to stop: being offline in each way there is stands beside the faults. */
export const BAD_MOMENTS: readonly BadMoment<LocalScene>[] = [
  {
    name: "when its connection is reset while it says goodbye",
    arrange: () => {},
    meanwhile: ({ proxy }) => proxy.cut("reset"),
  },
  {
    name: "when packets vanish, and it has not noticed yet",
    arrange({ proxy }) {
      proxy.rules = { blackHole: "both" };
    },
  },
  {
    name: "when the hub never answers its goodbye",
    arrange({ proxy }) {
      proxy.rules = { blackHole: "down" };
    },
  },
  {
    name: "when it is just dialing",
    config: SHORT_ATTEMPTS,
    async arrange({ proxy }) {
      const before = proxy.accepted.length;
      proxy.rules = { blackHole: "both" };
      proxy.cut("reset");
      await waitUntil("it dials", () => proxy.accepted.length > before);
    },
  },
  {
    name: "when it has just lost its connection",
    arrange: ({ proxy }) => proxy.cut("reset"),
  },
  whileAHandlerRuns(),
];

function whileAHandlerRuns(): BadMoment<LocalScene> {
  const id = "runs when it is told to stop";
  let answer: Promise<Answer>;
  return {
    name: "while a handler runs that does not end, which is answered all the same",
    async arrange(scene) {
      answer = scene.call("hold", { id });
      await waitUntil("the handler runs", async () => (await scene.call("runs", { id })).payload === 1);
    },
    async meanwhile() {
      expect(await answer).toMatchObject({ status: 503, payload: { error: { code: "AGENT_STOPPING" } } });
    },
  };
}
