import { readFile, writeFile } from "node:fs/promises";
import { DEVICE_ID, SECONDARY_KEY } from "../chaos/support/local-scene.ts";
import type { SoakScene } from "./faults.ts";

/**
 * Remembers what a fault may change for good: the agent's files, the hub that they belong to, and the device's keys there.
 * The function returned puts it back as it was, and tells whether the agent has to take up its old files again.
 */
export async function remember(scene: SoakScene): Promise<() => Promise<boolean>> {
  const { files, deviceKey } = scene;
  const { ca } = scene.hub;
  const names = Object.values(files);
  const read = () => Promise.all(names.map((name) => readFile(name, "utf8")));
  const before = await read();

  return async () => {
    const after = await read();
    const isChanged = after.some((text, index) => text !== before[index]);
    if (scene.hub.ca !== ca) {
      // The other hub will be told of the device anew.
      await scene.hub.registry.delete(DEVICE_ID);
      await scene.startHub();
    }
    const { hub } = scene;
    const device = hub.registry.get(DEVICE_ID);
    if (device?.primaryKey !== deviceKey || device.secondaryKey !== SECONDARY_KEY) {
      const keys = { primaryKey: deviceKey, secondaryKey: SECONDARY_KEY };
      await hub.registry.update({ deviceId: DEVICE_ID, ...keys });
    }
    if (isChanged) await Promise.all(names.map((name, index) => writeFile(name, before[index] ?? "")));
    return isChanged;
  };
}
