import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { type Contender, plainEnv } from "./contender.ts";

/** What stands beside hubhand has an installation of its own, as a newcomer's: hubhand's would share its overrides. */
export const INSTALLED = fileURLToPath(new URL("../installed", import.meta.url));

const HANG_MS = 180_000;

/** @returns why that cannot be */
function install(): string | undefined {
  if (existsSync(path.join(INSTALLED, "node_modules/.package-lock.json"))) return undefined;
  try {
    execFileSync("npm", ["ci", "--no-audit", "--no-fund"], {
      cwd: INSTALLED,
      stdio: ["ignore", "ignore", "pipe"],
      timeout: HANG_MS,
    });
    return undefined;
  } catch (error) {
    return `npm ci in bench/peers/installed: ${String(error).split("\n", 3).join(" ")}`;
  }
}

const installed = (id: string, name: string, file: string): Contender => ({
  id,
  name,
  isNode: true,
  prepare: install,
  command: (ground) => ({
    file: process.execPath,
    args: [path.join(INSTALLED, file)],
    env: plainEnv(ground),
  }),
});

export const SDK_SAMPLE = installed("sdk", "bare SDK sample", "sdk-sample.mjs");
export const MQTTJS_ECHO = installed("mqttjs", "mqtt.js 5 echo", "mqttjs-echo.mjs");
