import { startLocalHub } from "../../src/local-hub/index.ts";
import { answer, type Reachable } from "../support/children.ts";

const DEVICE_ID = "device-0";

/** The hub in a process of its own, which can be out of reach; it counts what arrives. */
const hub = await startLocalHub();
let arrived = 0;
hub.messages.on(() => {
  arrived += 1;
});

answer({
  async open(): Promise<Reachable> {
    await hub.registry.create({ deviceId: DEVICE_ID });
    const { mqttPort, httpsPort, ca, serviceConnectionString } = hub;
    const deviceConnectionStrings = [hub.deviceConnectionString(DEVICE_ID)];
    return { mqttPort, httpsPort, ca, serviceConnectionString, deviceConnectionStrings };
  },
  leave() {
    hub.faults.add({ kind: "refuse-login" });
    hub.disconnect(DEVICE_ID);
  },
  comeBack: () => hub.faults.clear(),
  arrived: () => arrived,
});
