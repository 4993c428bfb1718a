/** JSON as twins hold it: no arrays are changed in place, and null in a patch removes. */
export type JsonValue = null | boolean | number | string | JsonValue[] | { [name: string]: JsonValue };
export type JsonObject = { [name: string]: JsonValue };

/** One half of a twin's properties, as the service shows it: with `$metadata` and `$version`. */
export type TwinSection = JsonObject;

/**
 * A twin as the service face shows it (learn.microsoft.com, "Understand and use device twins in IoT Hub"); it is also what
 * queries run over. Times are ISO 8601.
 */
export interface TwinDocument {
  deviceId: string;
  /** Of a module's twin. */
  moduleId?: string;
  /** Of the twin; without quotes. */
  etag: string;
  /** Of the identity. */
  deviceEtag: string;
  status: "enabled" | "disabled";
  statusUpdateTime: string;
  connectionState: "Connected" | "Disconnected";
  lastActivityTime: string;
  cloudToDeviceMessageCount: number;
  authenticationType: string;
  x509Thumbprint: { primaryThumbprint: string | null; secondaryThumbprint: string | null };
  modelId: string;
  /** Grows by one with every change of the twin. */
  version: number;
  /** Of devices only. */
  tags?: JsonObject;
  properties: { desired: TwinSection; reported: TwinSection };
  capabilities?: { iotEdge: boolean };
}

/** What a back end may change of a twin; what is left out stays. */
export interface TwinPatch {
  tags?: JsonObject | null;
  properties?: { desired?: JsonObject | null };
}

/** Twins of devices and modules by their client id (`device` or `device/module`). Every change is kept before it returns. */
export interface Twins {
  /** @throws HubError DeviceNotFound, ModuleNotFound */
  get(clientId: string): TwinDocument;
  /** Of every device, or of every module, in the order they were made. */
  documents(of: "devices" | "modules"): Iterable<TwinDocument>;
  /**
   * Merges the patch; null removes. `ifMatch` is the twin's etag, or "*" for any.
   * @throws HubError ArgumentInvalid, DeviceNotFound, ModuleNotFound, PreconditionFailed
   */
  patch(clientId: string, patch: TwinPatch, options?: { ifMatch?: string }): TwinDocument;
  /** Puts the given parts in place of those that there are. The same errors. */
  replace(clientId: string, twin: TwinPatch, options?: { ifMatch?: string }): TwinDocument;
  /** Merges what a device reports; returns the new `$version` of the reported properties. @throws HubError ArgumentInvalid */
  report(clientId: string, patch: JsonObject): number;
  /** What a device is shown: both sections with `$version`, without metadata. */
  forDevice(clientId: string): { desired: JsonObject; reported: JsonObject };
}
