import { HubError } from "../hub-error.ts";
import { parseCondition, parseQuery } from "../queries/query.ts";
import { isObject } from "../twins/json.ts";
import type { JsonObject, JsonValue } from "../twins/twins.ts";
import { isWritable } from "../writable-json.ts";

/** An automatic device configuration as a back end writes it (learn.microsoft.com, "Automatic IoT device and module management using the Azure CLI"). */
export interface ConfigurationDescription {
  readonly id: string;
  readonly schemaVersion: string;
  readonly labels: Readonly<Record<string, unknown>>;
  /** What to put where in the desired properties of a device: by the path `properties.desired.<name>`. */
  readonly deviceContent: Readonly<Record<string, JsonValue>>;
  /** A condition of the query language, `*` for all; an empty one fits nobody. */
  readonly targetCondition: string;
  readonly priority: number;
  /** Queries whose rows are counted, by name. */
  readonly queries: Readonly<Record<string, string>>;
}

/** As the hub keeps it. Times are ISO 8601. */
export interface Configuration extends ConfigurationDescription {
  readonly createdTimeUtc: string;
  readonly lastUpdatedTimeUtc: string;
  /** Without quotes. */
  readonly etag: string;
}

const ID = /^[a-z0-9\-+%_*!':]{1,128}$/;
const PATH = /^properties\.desired(\.[^.$#\s]+)+$/;

/** Reads the body of a request for a configuration. @throws HubError ArgumentInvalid, OperationNotAvailableInCurrentTier */
export function readConfiguration(document: Record<string, unknown>, id: string): ConfigurationDescription {
  const { schemaVersion = "1.0", labels, content, targetCondition = "", priority = 0, metrics } = document;
  if (!ID.test(id)) throw invalid("the id is 1 to 128 lower-case letters, digits and - + % _ * ! ' :");
  if ((document.id ?? id) !== id) throw invalid("the id of the body is not that of the path");
  if (schemaVersion !== "1.0") throw invalid('schemaVersion is "1.0"');
  if (!Number.isSafeInteger(priority) || Number(priority) < 0)
    throw invalid("priority is a whole number from 0");
  if (typeof targetCondition !== "string") throw invalid("targetCondition is text");
  if (/^\s*from\s/i.test(targetCondition)) throw onlyDevices("targetCondition");
  if (targetCondition.trim() !== "") parseCondition(targetCondition);
  return {
    id,
    schemaVersion,
    labels: objectOf(labels, "labels"),
    deviceContent: readContent(objectOf(content, "content")),
    targetCondition,
    priority: Number(priority),
    queries: readQueries(objectOf(objectOf(metrics, "metrics").queries, "metrics.queries")),
  };
}

function readContent({ deviceContent, ...others }: JsonObject): ConfigurationDescription["deviceContent"] {
  for (const [name, content] of Object.entries(others)) {
    if (isObject(content) && Object.keys(content).length > 0) throw onlyDevices(`content.${name}`);
  }
  const paths = objectOf(deviceContent, "content.deviceContent");
  if (!isWritable(paths)) throw invalid("content.deviceContent is nested too deeply");
  for (const path of Object.keys(paths)) {
    if (!PATH.test(path))
      throw invalid(`"${path}" of content.deviceContent is no path properties.desired.<name>`);
  }
  return paths;
}

function readQueries(queries: JsonObject): Record<string, string> {
  return Object.fromEntries(
    Object.entries(queries).map(([name, query]) => {
      if (typeof query !== "string") throw invalid(`metrics.queries.${name} is a query`);
      parseQuery(query);
      return [name, query];
    }),
  );
}

function objectOf(value: unknown, name: string): JsonObject {
  if (value === undefined || value === null) return {};
  if (!isObject(value as JsonValue)) throw invalid(`${name} is no object`);
  return value as JsonObject;
}

const invalid = (message: string): HubError => new HubError("ArgumentInvalid", message);
const onlyDevices = (what: string): HubError =>
  new HubError(
    "OperationNotAvailableInCurrentTier",
    `${what} is of modules: this hub has configurations of devices only`,
  );
