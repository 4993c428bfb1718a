import { whoIs } from "../client-id.ts";
import type { ModuleIdentity } from "../identities/module-registry.ts";
import type { DeviceIdentity } from "../identities/registry.ts";
import { toMetadata } from "./stamps.ts";
import type { Section, TwinRecord } from "./twin-record.ts";
import type { JsonObject, TwinActivity, TwinDocument, TwinSection } from "./twins.ts";

/** How the service writes a time that never was, in a twin. */
export const NEVER = "0001-01-01T00:00:00Z";

/** Whose twin it is: a module is shown with the status of its device, and with a proof and an etag of its own. */
export interface TwinOwner {
  clientId: string;
  device: DeviceIdentity;
  module?: ModuleIdentity;
}

/** The twin as the service shows it. Tags are left out while there are none. */
export function toDocument(
  record: TwinRecord,
  {
    owner,
    activity,
    configurations,
  }: { owner: TwinOwner; activity: TwinActivity; configurations?: TwinDocument["configurations"] },
): TwinDocument {
  const { device, module } = owner;
  const { etag, authenticationType, primaryThumbprint, secondaryThumbprint } = module ?? device;
  return {
    ...whoIs(owner.clientId),
    etag: etagOf(record),
    deviceEtag: etag,
    status: device.status,
    ...(device.statusReason === null ? {} : { statusReason: device.statusReason }),
    statusUpdateTime: utc(device.statusUpdatedTime),
    connectionState: activity.connectionState,
    lastActivityTime: activity.lastActivityTime,
    cloudToDeviceMessageCount: activity.cloudToDeviceMessageCount,
    authenticationType,
    x509Thumbprint: { primaryThumbprint, secondaryThumbprint },
    modelId: record.modelId,
    version: record.edition + record.reported.version,
    ...(Object.keys(record.tags.values).length === 0 ? {} : { tags: record.tags.values }),
    properties: { desired: withMetadata(record.desired), reported: withMetadata(record.reported) },
    ...(configurations === undefined ? {} : { configurations }),
    ...(module === undefined ? edgeOf(device) : {}),
  };
}

/** The service leaves out what there is not. */
function edgeOf({ capabilities, deviceScope, parentScopes }: DeviceIdentity): Partial<TwinDocument> {
  return {
    capabilities,
    ...(deviceScope === null ? {} : { deviceScope }),
    ...(parentScopes.length === 0 ? {} : { parentScopes: [...parentScopes] }),
  };
}

/** The registry writes no zone behind the time that never was, twins do. */
function utc(time: string): string {
  return time.endsWith("Z") ? time : `${time}Z`;
}

/** What the device itself is shown. */
export function forDevice(record: TwinRecord): { desired: JsonObject; reported: JsonObject } {
  const shown = ({ values, version }: Section) => ({ ...values, $version: version });
  return { desired: shown(record.desired), reported: shown(record.reported) };
}

/** Eight bytes that count, in base64: what the service's etags of twins are. */
export function etagOf({ edition }: TwinRecord): string {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(edition));
  return bytes.toString("base64");
}

function withMetadata({ values, stamps, version }: Section): TwinSection {
  return { ...values, $metadata: toMetadata(stamps, values), $version: version };
}
