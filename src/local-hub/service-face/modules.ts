import { clientIdOf } from "../client-id.ts";
import { HubError } from "../hub-error.ts";
import type { ActivityOf } from "../identities/activity.ts";
import type { ModuleDescription, ModuleIdentity, ModuleRegistry } from "../identities/module-registry.ts";
import type { DeviceRegistry } from "../identities/registry.ts";
import { json } from "./answers.ts";
import { parseObject } from "./body.ts";
import {
  etagOf,
  oneIdentity,
  presentOnly,
  readProof,
  requiredEtagOf,
  toActivity,
  toAuthentication,
} from "./identity-documents.ts";
import type { Route } from "./routing.ts";

const ONE = "/devices/{deviceId}/modules/{moduleId}";

/** The identity registry's operations on modules (learn.microsoft.com, "IoT Hub REST: modules"). */
export function moduleRoutes(options: {
  registry: DeviceRegistry;
  modules: ModuleRegistry;
  activityOf: (clientId: string) => ActivityOf;
}): Route[] {
  const { registry, modules, activityOf } = options;
  const render = (module: ModuleIdentity) => toDocument(module, activityOf(clientIdOf(module)));

  return [
    {
      method: "GET",
      path: "/devices/{deviceId}/modules",
      right: "RegistryRead",
      handle({ parameters: { deviceId = "" } }) {
        if (registry.get(deviceId) === undefined) throw new HubError("DeviceNotFound", deviceId);
        return json(modules.list(deviceId).map(render));
      },
    },
    {
      method: "GET",
      path: ONE,
      right: "RegistryRead",
      handle({ parameters: { deviceId = "", moduleId = "" } }) {
        const module = modules.get(deviceId, moduleId);
        if (module === undefined) throw new HubError("ModuleNotFound", clientIdOf({ deviceId, moduleId }));
        return oneIdentity(render(module));
      },
    },
    {
      method: "PUT",
      path: ONE,
      right: "RegistryWrite",
      async handle({ parameters: { deviceId = "", moduleId = "" }, body, header }) {
        const description = readModule(parseObject(body), { deviceId, moduleId });
        const ifMatch = etagOf(header("if-match"));
        if (ifMatch === undefined) return oneIdentity(render(await modules.create(description)));
        return oneIdentity(render(await modules.update(description, { ifMatch })));
      },
    },
    {
      method: "DELETE",
      path: ONE,
      right: "RegistryWrite",
      async handle({ parameters: { deviceId = "", moduleId = "" }, header }) {
        await modules.delete(deviceId, moduleId, { ifMatch: requiredEtagOf(header("if-match")) });
        return { status: 204 };
      },
    },
  ];
}

function readModule(
  document: Record<string, unknown>,
  ids: { deviceId: string; moduleId: string },
): ModuleDescription {
  const { deviceId = ids.deviceId, moduleId = ids.moduleId } = document;
  if (deviceId !== ids.deviceId || moduleId !== ids.moduleId) {
    throw new HubError("ArgumentInvalid", "the ids of the body are not those of the path");
  }
  return readModuleDescription(document, ids);
}

/** As for devices: what a document leaves out is reset. */
export function readModuleDescription(
  document: Record<string, unknown>,
  ids: { deviceId: string; moduleId: string },
): ModuleDescription {
  return { ...ids, ...presentOnly({ managedBy: document.managedBy ?? null }), ...readProof(document) };
}

function toDocument(module: ModuleIdentity, activity: ActivityOf) {
  const { moduleId, deviceId, managedBy, generationId, etag } = module;
  return {
    moduleId,
    managedBy,
    deviceId,
    generationId,
    etag,
    ...toActivity(activity),
    cloudToDeviceMessageCount: 0,
    authentication: toAuthentication(module),
  };
}
