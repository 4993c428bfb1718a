import { HubhandError } from "../../errors.ts";
import { hostNameProblem } from "../connection-string.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** What IoT Edge's runtime tells a module about itself. */
export type EdgeEnvironment = EdgeModule | EdgeConnectionString;

/** In a deployment: the security daemon has the key, and signs. */
export interface EdgeModule {
  readonly kind: "workload";
  readonly hostName: string;
  readonly deviceId: string;
  readonly moduleId: string;
  /** The Edge device's own host name, where its hub listens. */
  readonly gatewayHostName?: string;
  readonly workloadUri: string;
  readonly generationId: string;
}

/** While a module is developed: Microsoft's simulator gives it a connection string. */
export interface EdgeConnectionString {
  readonly kind: "connection-string";
  /** A secret. */
  readonly connectionString: string;
  readonly variable: string;
  readonly caFile?: string;
}

const CONNECTION_STRINGS = ["EdgeHubConnectionString", "IotHubConnectionString"];

const WORKLOAD_URI = /^(unix:\/\/\/|https?:\/\/[^/])/;

const REQUIRED = {
  workloadUri: "IOTEDGE_WORKLOADURI",
  deviceId: "IOTEDGE_DEVICEID",
  moduleId: "IOTEDGE_MODULEID",
  hostName: "IOTEDGE_IOTHUBHOSTNAME",
  authScheme: "IOTEDGE_AUTHSCHEME",
  generationId: "IOTEDGE_MODULEGENERATIONID",
} as const;

/**
 * Reads what the runtime of IoT Edge puts into a module's environment, as the SDK's `ModuleClient.fromEnvironment` does.
 * @returns undefined outside of IoT Edge
 * @throws HubhandError CONFIG_INVALID if only a part of it is there
 */
export function readEdgeEnvironment(env: Environment): EdgeEnvironment | undefined {
  const variable = CONNECTION_STRINGS.find((name) => env[name]);
  if (variable !== undefined) {
    const caFile = env.EdgeModuleCACertificateFile;
    const connectionString = env[variable] ?? "";
    return { kind: "connection-string", connectionString, variable, ...(caFile ? { caFile } : {}) };
  }
  if (!env.IOTEDGE_WORKLOADURI) return undefined;
  const missing = Object.values(REQUIRED).filter((name) => !env[name]);
  if (missing.length > 0) {
    throw new HubhandError(
      "CONFIG_INVALID",
      `IoT Edge's environment is incomplete: IOTEDGE_WORKLOADURI is set, and ${missing.join(", ")} is not. The runtime sets them all for a module; elsewhere give a connection string.`,
    );
  }
  const { authScheme, ...given } = Object.fromEntries(
    Object.entries(REQUIRED).map(([key, name]) => [key, env[name] ?? ""]),
  ) as Record<keyof typeof REQUIRED, string>;
  if (authScheme.toLowerCase() !== "sastoken") {
    throw new HubhandError(
      "CONFIG_INVALID",
      "IOTEDGE_AUTHSCHEME is not sasToken, the only way of proof that modules know.",
    );
  }
  const gateway = env.IOTEDGE_GATEWAYHOSTNAME;
  if (!WORKLOAD_URI.test(given.workloadUri) || !URL.canParse(given.workloadUri)) {
    throw new HubhandError(
      "CONFIG_INVALID",
      "IOTEDGE_WORKLOADURI is not the address of a workload API, such as unix:///var/run/iotedge/workload.sock. The runtime of IoT Edge sets it; elsewhere give a connection string.",
    );
  }
  checkHostName("IOTEDGE_IOTHUBHOSTNAME", given.hostName);
  if (gateway) checkHostName("IOTEDGE_GATEWAYHOSTNAME", gateway);
  return { kind: "workload", ...given, ...(gateway ? { gatewayHostName: gateway } : {}) };
}

function checkHostName(variable: string, value: string): void {
  const problem = hostNameProblem(value);
  if (problem === undefined) return;
  throw new HubhandError(
    "CONFIG_INVALID",
    `${variable} has a value ${problem}. The runtime of IoT Edge sets it; elsewhere give a connection string.`,
  );
}
