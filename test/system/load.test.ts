import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { DEVICE_ID, startAgentOnHub } from "../support/agent/agent-on-hub.ts";
import { cleanUpAfterEach } from "../support/clean-up.ts";
import { methodCaller } from "../support/hub/call-method.ts";

const cleanUp = cleanUpAfterEach();

const CALLS = 10_000;
const AT_ONCE = 64;

/** Answers with what it was sent. */
const ECHO = `
  let handled = 0;
  export default {
    methods: { echo: { concurrency: 64, handler: (payload) => ({ echo: payload, handled: ++handled }) } },
  };
`;
/** Says how much of the agent is alive after a collection. */
const HEAP = `
  export default {
    isolate: false,
    methods: { heap: () => { globalThis.gc(); return process.memoryUsage().heapUsed; } },
  };
`;

describe("under load", () => {
  it(`${CALLS} calls, ${AT_ONCE} at a time: each gets exactly one right reply, and memory is flat over the last half`, async () => {
    const plugins = await cleanUp.folder();
    await writeFile(join(plugins, "echo.mjs"), ECHO);
    await writeFile(join(plugins, "heap.mjs"), HEAP);
    const { hub, agent, url } = await startAgentOnHub(cleanUp, {
      plugins,
      env: { NODE_OPTIONS: "--expose-gc" },
    });
    const call = await methodCaller(hub);
    const heap = async () => Number((await call(DEVICE_ID, { methodName: "heap" })).payload);

    const heaps: number[] = [];
    const orders = new Set<number>();
    let next = 0;
    const worker = async (until: number): Promise<void> => {
      while (next < until) {
        const payload = { number: next++, text: "x".repeat(100) };
        const answer = await call(DEVICE_ID, { methodName: "echo", payload });
        expect(answer.status).toBe(200);
        const { echo, handled } = answer.payload as { echo: unknown; handled: number };
        expect(echo).toEqual(payload);
        orders.add(handled);
      }
    };
    for (const share of [0.5, 0.75, 1]) {
      await Promise.all(Array.from({ length: AT_ONCE }, () => worker(CALLS * share)));
      heaps.push(await heap());
    }

    // Every call was handled once: no number is missing, and none came twice.
    expect(orders.size).toBe(CALLS);
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toContain(`hubhand_method_calls_total{method="echo",outcome="ok"} ${CALLS}\n`);
    expect(metrics).toContain("hubhand_methods_in_flight 0\n");
    expect(metrics).not.toContain("hubhand_method_extra_replies_total{");
    expect(agent.lines().filter(({ method, msg }) => method === "echo" && msg === "answered")).toHaveLength(
      CALLS,
    );
    const [half = 0, , end = 0] = heaps;
    expect(end - half, `live heap in bytes: ${heaps.join(", ")}`).toBeLessThan(512 * 1024);
  }, 180_000);
});
