import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { INSTALLED } from "../contenders/installed.ts";
import { installedFor, sizeOf } from "../installed-packages.ts";
import { NotHere, type OwnMeasure } from "./measure.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

/** What each stands on, in bench/peers/installed. */
const PEERS: Readonly<Record<string, readonly string[]>> = {
  sdk: ["azure-iot-device", "azure-iot-device-mqtt"],
  mqttjs: ["mqtt"],
};

/** Packs hubhand as for the registry, and installs that file into an empty folder. @returns the folder */
function installHubhand(within: string): string {
  const folder = mkdtempSync(path.join(within, "packed-"));
  const npm = (cwd: string, ...args: string[]): string =>
    execFileSync("npm", args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  try {
    const printed = npm(ROOT, "pack", "--silent", "--pack-destination", folder);
    const file = printed.trim().split("\n").at(-1) ?? "";
    const into = path.join(folder, "installed");
    mkdirSync(into);
    writeFileSync(path.join(into, "package.json"), "{}");
    npm(into, "install", "--no-audit", "--no-fund", path.join(folder, file));
    return into;
  } catch (error) {
    throw new NotHere(`npm could not pack and install it: ${String(error).split("\n")[0]}`);
  }
}

/** What somebody has on disk who installs it from npm for production. */
export const PACKAGES: OwnMeasure = {
  name: "packages",
  title: "Installed from npm",
  phase: "apart",
  isOnce: true,
  figures: () => [
    { key: "packages.count", name: "packages", unit: "", goal: { of: "value", atMost: 80 } },
    { key: "packages.size", name: "their files", unit: "MB", goal: { of: "value", atMost: 25 } },
  ],
  async measure({ id }, arena, { isThorough }) {
    const isOurs = id === "hubhand";
    const names = isOurs ? ["hubhand"] : PEERS[id];
    if (names === undefined) return {};
    if (isOurs && !isThorough) throw new NotHere("it takes half a minute");
    const root = isOurs ? installHubhand(arena.folder) : INSTALLED;
    const folders = installedFor(root, names);
    return {
      "packages.count": folders.length,
      "packages.size": folders.reduce((sum, folder) => sum + sizeOf(path.join(root, folder)), 0) / 1e6,
    };
  },
};
