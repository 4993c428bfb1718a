import type { Configurations } from "../configurations/configurations.ts";
import type { Faults } from "../faults/index.ts";
import { faultRoutes } from "../faults/routes.ts";
import type { Activity } from "../identities/activity.ts";
import type { ModuleRegistry } from "../identities/module-registry.ts";
import type { ObservableRegistry } from "../identities/registry.ts";
import type { Jobs } from "../jobs/jobs.ts";
import type { MessageCentre } from "../messages/index.ts";
import { messageRoutes } from "../messages/routes.ts";
import type { QuerySources } from "../queries/query.ts";
import type { Twins } from "../twins/twins.ts";
import { bulkRoutes } from "./bulk-devices.ts";
import { configurationRoutes } from "./configurations.ts";
import { deviceRoutes } from "./devices.ts";
import { digitalTwinRoutes } from "./digital-twins.ts";
import { jobRoutes } from "./jobs.ts";
import { type InvokeMethod, methodRoutes } from "./methods.ts";
import { moduleRoutes } from "./modules.ts";
import { queryRoutes } from "./queries.ts";
import type { Route } from "./routing.ts";
import { statisticsRoutes } from "./statistics.ts";
import { twinRoutes } from "./twins.ts";
import { unsupportedRoutes } from "./unsupported.ts";

/** Every operation of the hub's REST API: the service's, and those of ours below /hubhand/. */
export function serviceRoutes(parts: {
  registry: ObservableRegistry;
  modules: ModuleRegistry;
  twins: Twins;
  messages: MessageCentre;
  jobs: Jobs;
  configurations: Configurations;
  faults: Faults;
  sources: QuerySources;
  invokeMethod: InvokeMethod;
  activityOf: Activity["of"];
  isConnected: (clientId: string) => boolean;
  now: () => number;
}): Route[] {
  const { messages } = parts;
  return [
    ...faultRoutes(parts),
    ...deviceRoutes({ ...parts, cloudToDeviceMessageCount: messages.countWaiting }),
    ...bulkRoutes(parts),
    ...statisticsRoutes(parts),
    ...configurationRoutes(parts),
    ...unsupportedRoutes(),
    ...moduleRoutes(parts),
    ...queryRoutes(parts),
    ...twinRoutes(parts),
    ...messageRoutes(parts),
    ...methodRoutes(parts.invokeMethod),
    ...digitalTwinRoutes(parts),
    ...jobRoutes(parts),
  ];
}
