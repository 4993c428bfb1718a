import { startLocalHub } from "../../src/local-hub/index.ts";
import { answer, type Reachable, useOfThisProcess } from "../support/children.ts";

/** The hub, in memory, with nobody listening to its events. */
const hub = await startLocalHub();
const ids: string[] = [];

answer({
  async open({ devices }: { devices: number }): Promise<Reachable> {
    for (let index = 0; index < devices; index += 1) ids.push(`device-${index}`);
    for (const deviceId of ids) await hub.registry.create({ deviceId });
    const { mqttPort, httpsPort, ca, serviceConnectionString } = hub;
    const deviceConnectionStrings = ids.map((id) => hub.deviceConnectionString(id));
    return { mqttPort, httpsPort, ca, serviceConnectionString, deviceConnectionStrings };
  },
  use: useOfThisProcess,
  connected: () => ids.filter((id) => hub.isConnected(id)).length,
});
