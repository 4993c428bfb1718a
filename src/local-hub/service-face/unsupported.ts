import { HubError, type ServiceErrorCode } from "../hub-error.ts";
import { json } from "./answers.ts";
import type { Route } from "./routing.ts";

/**
 * What the service has and this hub has not: automatic device configurations and IoT Edge deployments, import and export
 * by blob storage. Who reads is told the truth, that there are none; who wants to make one is refused as by a hub
 * of the basic tier, which has no configurations either (learn.microsoft.com, "Choose the right IoT Hub tier").
 */
export function unsupportedRoutes(): Route[] {
  const refuse = (code: ServiceErrorCode, what: string) => (): never => {
    throw new HubError(code, what);
  };
  const notFound =
    (code: ServiceErrorCode, parameter: string): Route["handle"] =>
    ({ parameters }) => {
      throw new HubError(code, parameters[parameter] ?? "");
    };
  const noConfiguration = notFound("ConfigurationNotFound", "id");
  const noJob = notFound("JobNotFound", "jobId");
  const noConfigurations = refuse("OperationNotAvailableInCurrentTier", "this hub has no configurations");
  const noTransfer = refuse("FeatureNotSupported", "this hub neither imports nor exports devices");
  const read = "RegistryRead";
  const write = "RegistryWrite";

  return [
    { method: "GET", path: "/configurations", right: read, handle: () => json([]) },
    { method: "GET", path: "/configurations/{id}", right: read, handle: noConfiguration },
    { method: "DELETE", path: "/configurations/{id}", right: write, handle: noConfiguration },
    { method: "PUT", path: "/configurations/{id}", right: write, handle: noConfigurations },
    { method: "POST", path: "/configurations/testQueries", right: read, handle: noConfigurations },
    {
      method: "POST",
      path: "/devices/{deviceId}/applyConfigurationContent",
      right: write,
      handle: noConfigurations,
    },
    { method: "POST", path: "/jobs/create", right: write, handle: noTransfer },
    { method: "GET", path: "/jobs", right: read, handle: () => json([]) },
    { method: "GET", path: "/jobs/{jobId}", right: read, handle: noJob },
    { method: "DELETE", path: "/jobs/{jobId}", right: write, handle: noJob },
  ];
}
