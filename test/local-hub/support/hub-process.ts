import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import type { LocalHub } from "../../../src/local-hub/index.ts";

const INDEX = fileURLToPath(new URL("../../../src/local-hub/index.ts", import.meta.url));

/** A hub in a process of its own, to be killed; its facts, and of its functions `deviceConnectionString` of `devices`. */
export async function startHubProcess(
  dataDirectory: string,
  { devices = [] }: { devices?: readonly string[] } = {},
): Promise<{ hub: LocalHub; pid: number; kill(): Promise<void> }> {
  const script = `
    import { startLocalHub } from ${JSON.stringify(INDEX)};
    const hub = await startLocalHub({ dataDirectory: ${JSON.stringify(dataDirectory)} });
    const { mqttPort, httpsPort, webSocketPort, ca, serviceConnectionString } = hub;
    const devices = {};
    for (const deviceId of ${JSON.stringify(devices)}) {
      await hub.registry.create({ deviceId });
      devices[deviceId] = hub.deviceConnectionString(deviceId);
    }
    console.log(JSON.stringify({ mqttPort, httpsPort, webSocketPort, ca, serviceConnectionString, devices }));
  `;
  const child = spawn(process.execPath, ["--input-type=module-typescript", "--eval", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
  const { devices: connectionStrings, ...facts } = JSON.parse(line);
  return {
    pid: Number(child.pid),
    hub: { ...facts, deviceConnectionString: (deviceId: string) => connectionStrings[deviceId] },
    async kill() {
      const exited = once(child, "exit");
      child.kill("SIGKILL");
      await exited;
    },
  };
}
