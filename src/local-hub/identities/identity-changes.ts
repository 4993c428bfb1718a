import { messageOf } from "../../errors.ts";
import { clientIdOf, whoIs } from "../client-id.ts";
import type { LogEvent } from "../events.ts";
import type { MethodCalls } from "../method-calls.ts";
import type { MqttFace } from "../mqtt-face/listener.ts";
import type { IdentityChange } from "./identity-table.ts";
import type { ObservableModuleRegistry } from "./module-registry.ts";
import type { ObservableRegistry } from "./registry.ts";

/** Sees to it that who is connected, and what is called, follows the registry. */
export function followIdentityChanges(options: {
  registry: ObservableRegistry;
  modules: ObservableModuleRegistry;
  mqttFace: Pick<MqttFace, "recheck" | "forgetSession">;
  methodCalls: Pick<MethodCalls, "deviceGone">;
  log: LogEvent;
}): void {
  const { registry, modules, mqttFace, methodCalls, log } = options;

  function follow(clientId: string, change: IdentityChange): void {
    mqttFace.recheck(clientId);
    if (change !== "deleted") return;
    methodCalls.deviceGone(clientId);
    // One made again under the same id must not inherit the session of its predecessor.
    mqttFace.forgetSession(clientId).catch((error: unknown) => {
      log({ event: "fault", reason: messageOf(error) });
    });
  }

  registry.onChange((deviceId, change) => {
    log({ event: "device-changed", deviceId, change });
    follow(deviceId, change);
    // Modules are disabled with their device.
    for (const module of modules.list(deviceId)) mqttFace.recheck(clientIdOf(module));
  });
  modules.onChange((clientId, change) => {
    const { deviceId, moduleId = "" } = whoIs(clientId);
    log({ event: "module-changed", deviceId, moduleId, change });
    follow(clientId, change);
  });
}
