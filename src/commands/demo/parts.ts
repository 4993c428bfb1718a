import { cpSync } from "node:fs";
import path from "node:path";
import { HubhandError } from "../../errors.ts";
import { PACKAGE_ROOT } from "../../own-files.ts";
import type { Child, ChildLine } from "./child.ts";
import { isCall, narrate, text } from "./narration.ts";
import { DATA_DIRECTORY, IS_INSTALLED, METHOD, type Stage } from "./stage.ts";

const CONFIG_FILE = path.join(PACKAGE_ROOT, "config/demo.yaml");
/** The whole demo has a minute to its first answer; each part has half of it. */
const PART_LIMIT_MS = 30_000;

/** Resolves with the hub's process, and the line in which it tells its ports. */
export async function startHub({
  start,
  dataDirectory,
  isStopping,
}: Stage): Promise<{ child: Child; line: ChildLine }> {
  const child = start({
    args: ["hub", "--mqtt-port", "0", "--https-port", "0", "--data-dir", dataDirectory, "--json"],
    env: process.env,
    onLine: () => {},
  });
  const line = await child.waitFor(
    "the local hub did not start",
    ({ event }) => event === "listening",
    PART_LIMIT_MS,
  );
  if (isStopping()) throw new HubhandError("INTERNAL", "stopped while starting");
  return { child, line };
}

/** The agent knows its connection string and its configuration file, as on a device. */
export async function startAgent(
  stage: Stage,
  connectionString: string,
): Promise<{ child: Child; url: string }> {
  const elsewhere = IS_INSTALLED || stage.dataDirectory !== DATA_DIRECTORY;
  const { PATH, HOME, TZ } = process.env;
  let begun = false;
  const child = stage.start({
    args: ["run", "--config", CONFIG_FILE],
    env: {
      PATH,
      HOME,
      TZ,
      HUBHAND_CONNECTION_STRING: connectionString,
      HUBHAND_STATE_DIRECTORY: path.join(stage.dataDirectory, "agent"),
      ...(elsewhere ? { HUBHAND_HUB_CA_FILE: path.join(stage.dataDirectory, "ca.pem") } : {}),
      ...(IS_INSTALLED ? { HUBHAND_PLUGINS_DIRECTORY: copyPlugins(stage.dataDirectory) } : {}),
    },
    onLine(line) {
      // Getting online the first time is told with the addresses.
      if (!stage.isStopping() && (begun || isCall(line))) narrate(line);
    },
  });
  const listening = child.waitFor(
    "the agent did not start",
    ({ url }) => typeof url === "string",
    PART_LIMIT_MS,
  );
  const online = child.waitFor(
    "the agent did not get online",
    ({ state }) => state === "online",
    PART_LIMIT_MS,
  );
  // On a slow machine the link is there before the plugin is.
  const serving = child.waitFor(
    "the agent's plugin did not start",
    ({ methods }) => Array.isArray(methods) && methods.includes(METHOD),
    PART_LIMIT_MS,
  );
  const [{ url }] = await Promise.all([listening, online, serving]);
  begun = true;
  return { child, url: text(url) };
}

/** Where the agent finds the demo's plugins if it cannot run them where they lie. */
function copyPlugins(dataDirectory: string): string {
  const copy = path.join(dataDirectory, "plugins");
  cpSync(path.join(PACKAGE_ROOT, "examples/demo"), copy, { recursive: true });
  return copy;
}
