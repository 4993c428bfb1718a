import { queryError } from "./query-error.ts";
import type { TokenReader } from "./token-reader.ts";

/** The collections that a query may be of. */
export type Collection = "devices" | "devices.modules" | "devices.jobs";

/** Where a property is in a document: at least one name. */
export type Path = readonly [string, ...string[]];

/** A path as a query writes it. */
export interface WrittenPath {
  names: [string, ...string[]];
  /** Whether the first name is the word `devices`, and no name in brackets. */
  fromCollection: boolean;
  position: number;
}

/** A path of names joined by dots, the first of which may be the collection. @throws HubError ArgumentInvalid */
export function readPath(reader: TokenReader): WrittenPath {
  const { position } = reader.next;
  const fromCollection = reader.isKeyword("DEVICES");
  const first = fromCollection ? reader.take() : reader.expectName("a property");
  const names: [string, ...string[]] = [first.text];
  if (fromCollection && !reader.isSymbol(".")) throw reader.unexpected('"."');
  while (reader.tookSymbol(".")) names.push(reader.expectName("the name of a property").text);
  return { names, fromCollection, position };
}

/**
 * The path within a document of the collection: without `devices.`, or `devices.jobs.` (learn.microsoft.com, "Queries for
 * IoT Hub jobs"). From modules, only `devices.deviceId` leads to the device (Microsoft's own example of
 * `Invoke-AzIotHubQuery`): there are no joins ("Queries for IoT Hub device and module twins").
 *
 * @throws HubError ArgumentInvalid if it leads to another collection
 */
export function pathWithin(collection: Collection, { names, fromCollection, position }: WrittenPath): Path {
  if (!fromCollection) return named(names);
  const [, second = "", ...rest] = names;
  const prefix = `devices.${second.toLowerCase()}`;
  if (prefix === collection) return named(requireOne(rest, position));
  const isElsewhere = prefix === "devices.jobs" || prefix === "devices.modules";
  if (collection === "devices" && !isElsewhere) return named([second, ...rest]);
  if (collection === "devices.modules" && prefix === "devices.deviceid" && rest.length === 0)
    return ["deviceId"];
  throw queryError(position, `a query of ${collection} cannot refer to another collection`);
}

function requireOne(names: string[], position: number): [string, ...string[]] {
  const [first, ...rest] = names;
  if (first === undefined) throw queryError(position, "expected a property of the collection");
  return [first, ...rest];
}

/**
 * The properties that the service itself gives to a document. Their names may be written in any case: Microsoft's example
 * asks for `DeviceId` and gets `deviceId` ("Queries for IoT Hub device and module twins").
 */
const SERVICE_NAMES = new Map(
  `deviceId moduleId etag deviceEtag version status statusReason statusUpdateTime connectionState lastActivityTime
   cloudToDeviceMessageCount authenticationType x509Thumbprint modelId capabilities deviceScope parentScopes tags properties configurations
   jobId jobType startTimeUtc endTimeUtc createdDateTimeUtc lastUpdatedDateTimeUtc outcome error`
    .split(/\s+/)
    .map((name) => [name.toLowerCase(), name]),
);

function named([first, ...rest]: readonly [string, ...string[]]): Path {
  return [SERVICE_NAMES.get(first.toLowerCase()) ?? first, ...rest];
}

/** The value there, undefined if there is none; only objects have properties, arrays and strings have not. */
export function valueAt(document: unknown, path: Path): unknown {
  let value = document;
  for (const name of path) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    if (!Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}

export function isSamePath(one: Path, other: Path): boolean {
  return one.length === other.length && one.every((name, index) => name === other[index]);
}
