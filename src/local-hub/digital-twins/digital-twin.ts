import { isObject, own } from "../twins/json.ts";
import type { JsonObject, JsonValue, TwinDocument } from "../twins/twins.ts";
import { isAcknowledged, isComponent, namesIn } from "./conventions.ts";

/** The same part of a twin as desired and as reported, each with the hub's metadata about it. */
interface Part {
  desired: JsonObject;
  desiredMetadata: JsonObject;
  reported: JsonObject;
  reportedMetadata: JsonObject;
}

/**
 * A twin as its digital twin: one value for each property, and what is desired and acknowledged of it in `$metadata`
 * (learn.microsoft.com, "Understand IoT Plug and Play digital twins").
 */
export function digitalTwinOf(twin: TwinDocument): JsonObject {
  const { desired, reported } = twin.properties;
  const root: Part = {
    desired,
    desiredMetadata: objectIn(desired, "$metadata"),
    reported,
    reportedMetadata: objectIn(reported, "$metadata"),
  };
  const { $metadata, ...values } = shown(root);
  const model: JsonObject = twin.modelId === "" ? {} : { $model: twin.modelId };
  return { $dtId: twin.deviceId, ...values, $metadata: { ...model, ...$metadata } };
}

/** By entries: a device may report a property of the name `__proto__`. */
function shown(part: Part): JsonObject & { $metadata: JsonObject } {
  const values: Array<[string, JsonValue]> = [];
  const metadata: Array<[string, JsonValue]> = [];
  for (const name of new Set([...namesIn(part.reported), ...namesIn(part.desired)])) {
    if (isComponent(own(part.reported, name)) || isComponent(own(part.desired, name))) {
      values.push([name, shown(componentOf(part, name))]);
    } else {
      const property = propertyOf(part, name);
      if (property.value !== undefined) values.push([name, property.value]);
      metadata.push([name, property.metadata]);
    }
  }
  return { ...Object.fromEntries(values), $metadata: Object.fromEntries(metadata) };
}

function componentOf(part: Part, name: string): Part {
  return {
    desired: objectIn(part.desired, name),
    desiredMetadata: objectIn(part.desiredMetadata, name),
    reported: objectIn(part.reported, name),
    reportedMetadata: objectIn(part.reportedMetadata, name),
  };
}

/** The value is what the device reports; one that it has not reported yet has none. */
function propertyOf(part: Part, name: string): { value: JsonValue | undefined; metadata: JsonObject } {
  const reported = own(part.reported, name);
  const desired = own(part.desired, name);
  const metadata: JsonObject = {};
  if (desired !== undefined) {
    metadata.desiredValue = desired;
    put(metadata, "desiredVersion", objectIn(part.desiredMetadata, name).$lastUpdatedVersion);
  }
  const acknowledged = isAcknowledged(reported);
  if (acknowledged) {
    put(metadata, "ackVersion", reported.av);
    put(metadata, "ackCode", reported.ac);
    put(metadata, "ackDescription", reported.ad);
  }
  if (reported !== undefined) {
    put(metadata, "lastUpdateTime", objectIn(part.reportedMetadata, name).$lastUpdated);
  }
  return { value: acknowledged ? reported.value : reported, metadata };
}

function put(object: JsonObject, name: string, value: JsonValue | undefined): void {
  if (value !== undefined) object[name] = value;
}

function objectIn(parent: JsonObject, name: string): JsonObject {
  const value = own(parent, name);
  return isObject(value) ? value : {};
}
