// The back end of the demo: what a person would type, every few seconds.
//   node call-every.mjs SECONDS DEVICE METHOD [PAYLOAD]
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

const [seconds, ...call] = process.argv.slice(2);
const command = [...process.execArgv, "/app/dist/main.js", "call", ...call];

// Process 1 of a container has no default reaction to signals.
process.on("SIGTERM", () => process.exit(0));
process.on("SIGINT", () => process.exit(0));

for (;;) {
  // A call that fails says so on standard error, and the next one comes all the same.
  const [code] = await once(
    spawn(process.execPath, command, { stdio: ["ignore", "inherit", "inherit"] }),
    "exit",
  );
  // For called-lately.mjs, the health check.
  if (code === 0) writeFileSync("/tmp/called", "");
  await sleep(Number(seconds) * 1000);
}
