import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { COMPILE_CACHE } from "./test/support/compile-cache.ts";

/**
 * Tests of what keeps no state in its modules. They share processes, one file after the other: to start one and load our
 * sources into it costs most of them more than the tests do. A test that replaces something global, or looks at what its own
 * process does, belongs elsewhere.
 */
const TOGETHER = [
  ...[
    "agent",
    "bench",
    "check",
    "commands",
    "config",
    "deploy/{dashboards,iotedge,kubernetes,reboot-bridge}",
    "desired",
    "docs",
    "events",
    "examples",
    "files",
    "fleet",
    "heartbeat",
    "link",
    "local-hub",
  ],
  ...["messages", "methods", "model", "observe/{http,log,metrics}"],
  ...["plugins/{built-in,daemon,declaration,executable,finding,hosts,http,messages,telemetry}"],
  ...["release", "rules", "schedule", "service", "service-manager", "soak", "testing", "twin"],
].map((folder) => `test/${folder}/**/*.test.ts`);

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
    globalSetup: "test/container/support/one-image-a-run.ts",
  },
});
