import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { conditions: ["hubhand-source", "node"] },
  ssr: { resolve: { conditions: ["hubhand-source", "node"] } },
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
