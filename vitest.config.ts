import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { COMPILE_CACHE } from "./test/support/compile-cache.ts";

export default defineConfig({
  resolve: { conditions: ["hubhand-source", "node"] },
  ssr: { resolve: { conditions: ["hubhand-source", "node"] } },
  test: {
    include: ["test/**/*.test.ts"],
    // Two more than vitest's own: on two processors it would take one file after the other, and most tests wait.
    maxWorkers: availableParallelism() + 1,
    // Guards, not expectations: a machine that is busy needs half a minute for what takes two seconds elsewhere.
    testTimeout: 90_000,
    hookTimeout: 90_000,
    env: COMPILE_CACHE,
  },
});
