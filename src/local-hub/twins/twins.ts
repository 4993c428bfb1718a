/** JSON as twins hold it: frozen where a twin hands it out, and null in a patch removes. */
export type JsonValue = null | boolean | number | string | JsonValue[] | { [name: string]: JsonValue };
export type JsonObject = { [name: string]: JsonValue };

/** One half of a twin's properties, as the service shows it: with `$metadata` and `$version`. */
export type TwinSection = JsonObject;

/**
 * A twin as the service face shows it (learn.microsoft.com, "Understand and use device twins in IoT Hub"); it is also what
 * queries run over. Times are ISO 8601.
 */
export type TwinDocument = {
  deviceId: string;
  /** Of a module's twin. */
  moduleId?: string;
  /** Of the twin; without quotes. */
  etag: string;
  /** Of the identity. */
  deviceEtag: string;
  status: "enabled" | "disabled";
  /** Left out if there is none. */
  statusReason?: string;
  statusUpdateTime: string;
  connectionState: "Connected" | "Disconnected";
  lastActivityTime: string;
  cloudToDeviceMessageCount: number;
  authenticationType: string;
  x509Thumbprint: { primaryThumbprint: string | null; secondaryThumbprint: string | null };
  /** Of the device's last login that named one (`model-id`); empty if none did. */
  modelId: string;
  /** Grows by one with every change of the twin. */
  version: number;
  /** Left out while there are none. */
  tags?: JsonObject;
  properties: { desired: TwinSection; reported: TwinSection };
  /** Of the automatic configurations that fit the device; left out while there are none. */
  configurations?: Record<string, { status: "Applied" | "Targeted" }>;
  /** Of devices only. */
  capabilities?: { iotEdge: boolean };
  /** Of IoT Edge gateways, and of devices below one. */
  deviceScope?: string;
  /** Of devices and gateways below one. */
  parentScopes?: string[];
};

/** What a back end may change of a twin; what is left out stays. `$metadata` and `$version` are passed over. */
export interface TwinPatch {
  tags?: JsonObject | null;
  properties?: { desired?: JsonObject | null };
}

/** What of a twin comes from its device's connections and messages. Times are ISO 8601. */
export interface TwinActivity {
  connectionState: "Connected" | "Disconnected";
  lastActivityTime: string;
  cloudToDeviceMessageCount: number;
}

/** A device or module's desired properties have changed. */
export interface DesiredChange {
  clientId: string;
  /** Null for what is gone. Of a replacement too: the patch that makes the new properties of the old ones. */
  patch: JsonObject;
  /** The new `$version`. */
  version: number;
}

/** Twins of devices and modules by their client id (`device` or `device/module`). Every change is kept before it returns. */
export interface Twins {
  /** @throws HubError DeviceNotFound, ModuleNotFound */
  get(clientId: string): TwinDocument;
  /** Of every device, or of every module, in the order they were made. */
  documents(of: "devices" | "modules"): Iterable<TwinDocument>;
  /**
   * Merges the patch; null removes a property, and empties a part that it stands for. `ifMatch` is the twin's etag, or "*"
   * for any.
   * @throws HubError ArgumentInvalid, DeviceModelMaxPropertiesExceeded, DeviceNotFound, ModuleNotFound, PreconditionFailed
   */
  patch(clientId: string, patch: TwinPatch, options?: { ifMatch?: string }): TwinDocument;
  /** Puts the given parts in place of those that there are; null empties a part. The same errors. */
  replace(clientId: string, twin: TwinPatch, options?: { ifMatch?: string }): TwinDocument;
  /**
   * Merges what a device reports; returns the new `$version` of the reported properties. `ifVersion` is the `$version`
   * that they must have. The same errors.
   */
  report(clientId: string, patch: JsonObject, options?: { ifVersion?: number }): number;
  /** What a device is shown: both sections with `$version`, without metadata. @throws HubError DeviceNotFound, ModuleNotFound */
  forDevice(clientId: string): { desired: JsonObject; reported: JsonObject };
}

/** The same within the hub. */
export interface ObservableTwins extends Twins {
  /** Keeps the model that a device named at its login. Of one that is not there: nothing. */
  announceModel(clientId: string, modelId: string): void;
  /** Called after each change of a twin, and when one comes or goes. */
  onChange(listener: (clientId: string) => void): void;
  /** Called after each change of desired properties was kept. */
  onDesiredChange(listener: (change: DesiredChange) => void): void;
}
