import { HubhandError } from "../../errors.ts";
import type { IdentitySource } from "../identity.ts";
import { certificatePaths, openCertificate } from "./certificate-files.ts";
import { type EdgeConnectionString, readEdgeEnvironment } from "./edge-environment.ts";
import { identitiesFromConnectionString } from "./from-connection-string.ts";
import { checkedKey, secretReader } from "./setting.ts";
import { type IdentityOptions, refuseMixtures } from "./settings.ts";
import { openTrustFile } from "./trust-file.ts";

const NOTHING =
  "No connection string. Set HUBHAND_CONNECTION_STRING (or IOTHUB_DEVICE_CONNECTION_STRING) to the device's: in the portal under Devices, the device, Primary connection string. Or name a file that holds it: HUBHAND_CONNECTION_STRING_FILE. A device that is to be provisioned has hub.provisioning.idScope instead, and a module of IoT Edge is told by its runtime.";

/**
 * The identities that the settings speak of: a connection string, else provisioning, else what IoT Edge's runtime says.
 * @throws HubhandError CONFIG_INVALID if they cannot be used: nothing is left running then
 */
export async function chooseIdentities(options: IdentityOptions): Promise<IdentitySource> {
  const { hub, env, logger, link } = options;
  refuseMixtures(options);
  if (hub.connectionString !== null) return fromConnectionString(options, hub.connectionString);
  // Few are provisioned, or modules of IoT Edge: the others need load nothing of it.
  if (hub.provisioning.idScope !== null) {
    const { provisionedIdentities } = await import("./provisioned.ts");
    return provisionedIdentities(options, hub.provisioning.idScope);
  }
  const edge = readEdgeEnvironment(env);
  if (edge === undefined) throw new HubhandError("CONFIG_INVALID", NOTHING);
  if (edge.kind === "connection-string") return fromEdgeConnectionString(options, edge);
  const { identitiesFromEdge } = await import("./from-edge.ts");
  return identitiesFromEdge({
    module: edge,
    trustBundle: hub.caFile === null,
    timeout: link.connectTimeout,
    logger,
  });
}

/** A key, or a certificate in place of one; either may be renewed. */
function fromConnectionString(options: IdentityOptions, value: string): Promise<IdentitySource> {
  const { hub, origin, logger, hide } = options;
  const key = "hub.connectionString";
  const file = hub.connectionStringFile;
  const files = [file, hub.secondaryKeyFile, ...certificatePaths(options)].filter((path) => path !== null);
  return identitiesFromConnectionString({
    text: secretReader({ key, value, file, origin, hide }),
    origin: origin(key),
    secondaryKey: secondaryKeyReader(options),
    openCertificate:
      hub.certificateFile === null ? undefined : (deviceId) => openCertificate(options, deviceId),
    files,
    logger,
    hide,
  });
}

function secondaryKeyReader({ hub, origin, hide }: IdentityOptions) {
  const { secondaryKey: value, secondaryKeyFile: file } = hub;
  return value === null ? undefined : checkedKey({ key: "hub.secondaryKey", value, file, origin, hide });
}

/** What Microsoft's simulator of IoT Edge gives to a module. */
async function fromEdgeConnectionString(
  { hub, logger, hide }: IdentityOptions,
  { connectionString, variable, caFile }: EdgeConnectionString,
): Promise<IdentitySource> {
  const origin = () => "environment variable EdgeModuleCACertificateFile";
  const trust =
    caFile === undefined || hub.caFile !== null
      ? undefined
      : await openTrustFile({ key: "IoT Edge's certificates", path: caFile, origin, logger });
  return identitiesFromConnectionString({
    text: async () => connectionString,
    origin: `environment variable ${variable}`,
    secondaryKey: undefined,
    openCertificate: undefined,
    ...(trust === undefined ? {} : { ca: trust.read }),
    files: trust?.files ?? [],
    logger,
    hide,
  });
}
