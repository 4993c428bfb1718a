import type { DeviceRegistry } from "../identities/registry.ts";
import { json } from "./answers.ts";
import type { Route } from "./routing.ts";

/** How many devices there are, and are connected (learn.microsoft.com, "IoT Hub REST: Statistics"). Modules do not count. */
export function statisticsRoutes(options: {
  registry: DeviceRegistry;
  isConnected: (clientId: string) => boolean;
}): Route[] {
  const { registry, isConnected } = options;
  return [
    {
      method: "GET",
      path: "/statistics/devices",
      right: "RegistryRead",
      handle() {
        const devices = registry.list();
        const enabledDeviceCount = devices.filter(({ status }) => status === "enabled").length;
        return json({
          totalDeviceCount: devices.length,
          enabledDeviceCount,
          disabledDeviceCount: devices.length - enabledDeviceCount,
        });
      },
    },
    {
      method: "GET",
      path: "/statistics/service",
      right: "RegistryRead",
      handle() {
        const connected = registry.list().filter(({ deviceId }) => isConnected(deviceId));
        return json({ connectedDeviceCount: connected.length });
      },
    },
  ];
}
