import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { conditions: ["hubhand-source", "node"] },
  ssr: { resolve: { conditions: ["hubhand-source", "node"] } },
  test: {
    include: ["test/**/*.test.ts"],
    // Guards, not expectations: a machine that is busy needs half a minute for what takes two seconds elsewhere.
    testTimeout: 90_000,
    hookTimeout: 90_000,
  },
});
