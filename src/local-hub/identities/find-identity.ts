import { whoIs } from "../client-id.ts";
import type { ModuleRegistry } from "./module-registry.ts";
import type { RegisteredProof } from "./registered-proof.ts";
import type { DeviceRegistry } from "./registry.ts";

/** What a login is checked against. A module has the status of its device. */
export interface ConnectingIdentity extends RegisteredProof {
  generationId: string;
  status: "enabled" | "disabled";
}

/** Who may connect under a client id, if there is such a device or module. */
export function findIdentity(
  clientId: string,
  { registry, modules }: { registry: DeviceRegistry; modules: ModuleRegistry },
): ConnectingIdentity | undefined {
  const { deviceId, moduleId } = whoIs(clientId);
  const device = registry.get(deviceId);
  if (device === undefined || moduleId === undefined) return device;
  const module = modules.get(deviceId, moduleId);
  return module && { ...module, status: device.status };
}
