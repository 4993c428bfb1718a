import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { COMPILE_CACHE } from "./test/support/compile-cache.ts";

/**
 * Tests of what keeps no state in its modules, and starts no process or hub. They share processes: to start one and load
 * our sources into it costs most of them more than the tests do. A test that replaces something global belongs elsewhere.
 */
const TOGETHER = ["config", "events", "heartbeat", "methods", "model", "rules", "schedule"].map(
  (folder) => `test/${folder}/**/*.test.ts`,
);

export default defineConfig({
  resolve: { conditions: ["hubhand-source", "node"] },
  ssr: { resolve: { conditions: ["hubhand-source", "node"] } },
  test: {
    projects: [
      { extends: true, test: { name: "together", include: TOGETHER, isolate: false } },
      { extends: true, test: { name: "apart", include: ["test/**/*.test.ts"], exclude: TOGETHER } },
    ],
    // Two more than vitest's own: on two processors it would take one file after the other, and most tests wait.
    maxWorkers: availableParallelism() + 1,
    // Guards, not expectations: a machine that is busy needs half a minute for what takes two seconds elsewhere.
    testTimeout: 90_000,
    hookTimeout: 90_000,
    env: COMPILE_CACHE,
  },
});
