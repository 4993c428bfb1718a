import { expect, it } from "vitest";
import { createDispatcher } from "../../src/methods/dispatcher.ts";
import { createMethodRegistry } from "../../src/methods/registry.ts";
import { createMetrics } from "../../src/observe/metrics/metrics.ts";
import { createLogBook } from "../support/agent/log-lines.ts";
import { sample } from "../support/prometheus/samples.ts";
import { method } from "./bench.ts";

const CALLS = 10_000;
const AT_ONCE = 64;

it("10,000 calls, 64 at a time: each gets exactly one reply, and the right one", async () => {
  const { logger } = await createLogBook({ level: "silent" });
  const registry = createMethodRegistry();
  const metrics = createMetrics({ version: "1.2.3", node: "v24", commit: "abc" });
  const dispatcher = createDispatcher({ registry, metrics, logger });
  const square = async (n: number) => {
    // Some at once, some a turn of the event loop later, some after a timer: replies overtake each other.
    if (n % 3 === 1) await new Promise((resolve) => setImmediate(resolve));
    if (n % 3 === 2) await new Promise((resolve) => setTimeout(resolve, n % 5));
    return { n, square: n * n };
  };
  registry.add([
    method("square", ({ payload }) => square((payload as { n: number }).n), {
      schema: { type: "object", required: ["n"], properties: { n: { type: "integer" } } },
    }),
  ]);

  const replies: string[][] = Array.from({ length: CALLS }, () => []);
  let next = 0;
  const caller = async () => {
    for (let n = next++; n < CALLS; n = next++) {
      await new Promise<void>((resolve) => {
        dispatcher.dispatch({
          requestId: String(n),
          methodName: "square",
          payload: Buffer.from(JSON.stringify({ n })),
          reply(status, body) {
            replies[n]?.push(`${status} ${body}`);
            resolve();
            return true;
          },
        });
      });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, caller));
  await dispatcher.drain(1_000);

  expect(replies).toEqual(Array.from({ length: CALLS }, (_, n) => [`200 {"n":${n},"square":${n * n}}`]));
  expect(
    await sample(metrics.registry, "hubhand_method_calls_total", { method: "square", outcome: "ok" }),
  ).toBe(CALLS);
  expect(await sample(metrics.registry, "hubhand_methods_in_flight")).toBe(0);
});
