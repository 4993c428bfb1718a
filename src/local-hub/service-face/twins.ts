import { clientIdOf } from "../client-id.ts";
import { HubError } from "../hub-error.ts";
import type { TwinPatch, Twins } from "../twins/twins.ts";
import { parseObject } from "./body.ts";
import { etagOf, oneIdentity } from "./identity-documents.ts";
import type { Route, ServiceRequest } from "./routing.ts";

/**
 * Reading, patching and replacing the twins of devices and modules (learn.microsoft.com, "IoT Hub REST: devices - get,
 * update and replace twin"). Without If-Match whatever is there is changed.
 */
export function twinRoutes({ twins }: { twins: Twins }): Route[] {
  const routesAt = (path: string): Route[] => [
    {
      method: "GET",
      path,
      right: "ServiceConnect",
      handle: (request) => oneIdentity(twins.get(ownerOf(request))),
    },
    { method: "PATCH", path, right: "ServiceConnect", handle: (request) => change(request, twins.patch) },
    { method: "PUT", path, right: "ServiceConnect", handle: (request) => change(request, twins.replace) },
  ];
  return [...routesAt("/twins/{deviceId}"), ...routesAt("/twins/{deviceId}/modules/{moduleId}")];
}

function change(request: ServiceRequest, by: Twins["patch"]) {
  const ifMatch = etagOf(request.header("if-match"));
  const patch = readPatch(parseObject(request.body), request.parameters);
  return oneIdentity(by(ownerOf(request), patch, ifMatch === undefined ? {} : { ifMatch }));
}

function ownerOf({ parameters: { deviceId = "", moduleId } }: ServiceRequest): string {
  return clientIdOf(moduleId === undefined ? { deviceId } : { deviceId, moduleId });
}

/** Whole twins are sent back too, so everything that is not a back end's to change is passed over. @throws HubError ArgumentInvalid */
function readPatch(document: Record<string, unknown>, ids: Record<string, string>): TwinPatch {
  for (const name of ["deviceId", "moduleId"]) {
    if ((document[name] ?? ids[name]) === ids[name]) continue;
    throw new HubError("ArgumentInvalid", "the ids of the body are not those of the path");
  }
  const properties = document.properties ?? {};
  if (typeof properties !== "object" || Array.isArray(properties)) {
    throw new HubError("ArgumentInvalid", "properties is not an object");
  }
  // Their values are of no type yet: the twin checks each.
  return { tags: document.tags, properties } as TwinPatch;
}
