import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type FaultyHub, startFaultyHub } from "../../link/faulty-hub.ts";
import type { CleanUp } from "../../support/clean-up.ts";
import type { AgentUnderTest } from "./agent.ts";
import { startFaultyProxy } from "./faulty-proxy.ts";
import { agentSlot, type Scene, type StartAgent } from "./scene.ts";

/** A hub that gets wrong what it is told to: for faults inside MQTT, which a road cannot make. */
export interface FaultyScene extends Scene {
  readonly hub: FaultyHub;
}

export async function openFaultyScene(options: {
  cleanUp: CleanUp;
  start: StartAgent<AgentUnderTest>;
}): Promise<FaultyScene> {
  const folder = await options.cleanUp.folder();
  const caFile = join(folder, "ca.pem");
  const connectionStringFile = join(folder, "connection-string");
  const hub = await startFaultyHub();
  await writeFile(caFile, hub.ca);
  const proxy = await startFaultyProxy({ host: "127.0.0.1", port: hub.port });
  await writeFile(
    connectionStringFile,
    hub.connectionString.replace(/^HostName=[^;]+/, `HostName=localhost:${proxy.port}`),
  );
  const slot = agentSlot(options.cleanUp, options.start);
  return {
    proxy,
    get open() {
      return proxy.open;
    },
    hub,
    get agent() {
      return slot.agent;
    },
    startAgent: (config = {}) => slot.start({ connectionStringFile, caFile, config }),
    call: (methodName, payload = null) => hub.call(methodName, payload),
    async close() {
      proxy.stop();
      await hub.stop();
    },
  };
}
