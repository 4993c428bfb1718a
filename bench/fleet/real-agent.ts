import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pino } from "pino";
import { loadConfig } from "../../src/config/index.ts";
import { startLocalHub } from "../../src/local-hub/index.ts";
import { createRedactor } from "../../src/observe/log/redaction.ts";
import { startQuietly } from "../../test/support/agent/start-quietly.ts";

const DEVICE = "bench";
/** A device tells of its plugins ten seconds after they changed, at most. */
const REPORT_LIMIT_MS = 30_000;

export interface AgentFigures {
  readonly plugins: number;
  /** What a scrape gets. */
  readonly scrape: string;
  readonly series: number;
  /** Bytes of the twin's document as the device reads it, JSON. */
  readonly twinBytes: number;
}

/** One agent, online at a local hub with these plugins, as Prometheus and the hub see it. */
export async function measureAgent(pluginsDirectory?: string): Promise<AgentFigures> {
  const folder = await mkdtemp(path.join(tmpdir(), "hubhand-bench-"));
  const hub = await startLocalHub({ dataDirectory: path.join(folder, "hub") });
  try {
    await hub.registry.create({ deviceId: DEVICE });
    const config = loadConfig({
      cwd: folder,
      env: {
        HUBHAND_CONNECTION_STRING: hub.deviceConnectionString(DEVICE),
        HUBHAND_HUB_CA_FILE: hub.caFile ?? "",
        HUBHAND_STATE_DIRECTORY: path.join(folder, "state"),
        HUBHAND_OBSERVE_PORT: "0",
        HUBHAND_PLUGINS_DIRECTORY: pluginsDirectory ?? folder,
        HUBHAND_PLUGINS_TRUST_FOLDER: "true",
      },
    });
    const redactor = createRedactor();
    const agent = await startQuietly({ config, logger: pino({ level: "silent" }), redactor });
    await agent.loaded;
    const known = (): number => Object.keys((reported(hub.twins.get(DEVICE)).plugins ?? {}) as object).length;
    const giveUp = performance.now() + REPORT_LIMIT_MS;
    const wanted = pluginsDirectory === undefined ? 1 : 2;
    while (known() < wanted) {
      if (performance.now() > giveUp) throw new Error("the agent has not reported its plugins");
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const scrape = await (await fetch(`${agent.url}/metrics`)).text();
    const figures = {
      plugins: known() - 1,
      scrape,
      series: scrape.split("\n").filter((line) => line !== "" && !line.startsWith("#")).length,
      twinBytes: JSON.stringify(hub.twins.forDevice(DEVICE)).length,
    };
    await agent.stop();
    return figures;
  } finally {
    await hub.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

const reported = (twin: { readonly properties: { readonly reported: object } }) =>
  twin.properties.reported as Readonly<Record<string, unknown>>;
