import { HubError, type ServiceErrorCode } from "../hub-error.ts";
import { json } from "./answers.ts";
import type { Route } from "./routing.ts";

/**
 * What the service has and this hub has not: IoT Edge deployments, import and export by blob storage. Who wants to make a
 * deployment is refused as by a hub of the basic tier, which has none either (learn.microsoft.com, "Choose the right IoT
 * Hub tier").
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
  const noJob = notFound("JobNotFound", "jobId");
  const noDeployments = refuse("OperationNotAvailableInCurrentTier", "this hub has no IoT Edge deployments");
  const noTests = refuse("OperationNotAvailableInCurrentTier", "this hub does not test queries");
  const noTransfer = refuse("FeatureNotSupported", "this hub neither imports nor exports devices");
  const read = "RegistryRead";
  const write = "RegistryWrite";

  return [
    { method: "POST", path: "/configurations/testQueries", right: read, handle: noTests },
    {
      method: "POST",
      path: "/devices/{deviceId}/applyConfigurationContent",
      right: write,
      handle: noDeployments,
    },
    { method: "POST", path: "/jobs/create", right: write, handle: noTransfer },
    { method: "GET", path: "/jobs", right: read, handle: () => json([]) },
    { method: "GET", path: "/jobs/{jobId}", right: read, handle: noJob },
    { method: "DELETE", path: "/jobs/{jobId}", right: write, handle: noJob },
  ];
}
