import { isObject } from "./json.ts";
import { checkedPatch, checkSize, type TwinPart } from "./limits.ts";
import { changeOf, merge, replacementPatch } from "./merge.ts";
import { type ObjectStamps, restamp, shareStamps } from "./stamps.ts";
import type { JsonObject, TwinPatch } from "./twins.ts";

/** What is kept of a twin: all that does not come from its identity. Nothing in it is ever changed in place. */
export interface TwinRecord {
  /** Grows with every change by a back end; the twin's etag is made of it. What a device reports leaves it alone. */
  readonly edition: number;
  /** As announced at the last login that announced one; empty if none did. */
  readonly modelId: string;
  readonly tags: JsonObject;
  readonly desired: Section;
  readonly reported: Section;
}

/** One half of a twin's properties. */
export interface Section {
  /** What is shown as `$version`. */
  readonly version: number;
  readonly values: JsonObject;
  readonly stamps: ObjectStamps;
}

/** A record after a change by a back end, and what a device is to be told of it, if its desired properties changed. */
export interface Changed {
  record: TwinRecord;
  desired?: { patch: JsonObject; version: number };
}

export function newRecord(now: number): TwinRecord {
  const section: Section = { version: 1, values: Object.freeze({}), stamps: { own: [now], below: {} } };
  return { edition: 1, modelId: "", tags: Object.freeze({}), desired: section, reported: section };
}

/** A record that comes back from the store, as small and as frozen as the one that was put there. */
export function readRecord(kept: TwinRecord): TwinRecord {
  const read = (section: Section): Section => ({
    version: section.version,
    values: merge({}, section.values),
    stamps: shareStamps(section.stamps),
  });
  return {
    edition: kept.edition,
    modelId: kept.modelId,
    tags: merge({}, kept.tags),
    desired: read(kept.desired),
    reported: read(kept.reported),
  };
}

/**
 * Merges; null in place of a part empties it (Azure/azure-iot-sdk-node, e2etests/test/twin_e2e_tests.js: "can null out all
 * desired properties", "can null out all tags"). @throws HubError
 */
export function patched(record: TwinRecord, { tags, properties }: TwinPatch, now: number): Changed {
  const desired = properties?.desired;
  return withChanges(record, {
    tags: tags === null ? replacementPatch(record.tags, {}) : checkedPatch(tags ?? {}),
    desired:
      desired === null
        ? replacementPatch(record.desired.values, {})
        : checkedPatch(withoutSystemProperties(desired ?? {})),
    now,
  });
}

/** Puts the parts that are given in place of those that there are; null in place of a part empties it. @throws HubError */
export function replaced(record: TwinRecord, { tags, properties }: TwinPatch, now: number): Changed {
  const desired = properties?.desired;
  return withChanges(record, {
    tags: tags === undefined ? {} : replacementPatch(record.tags, checkedPatch(tags ?? {})),
    desired:
      desired === undefined
        ? {}
        : replacementPatch(record.desired.values, checkedPatch(withoutSystemProperties(desired ?? {}))),
    now,
  });
}

/**
 * Merges what a device reports. Its version grows even where nothing changed: a device is expected to report changes only
 * (Azure/iotedge issue 1252). @throws HubError
 */
export function reported(record: TwinRecord, patch: JsonObject, now: number): TwinRecord {
  const checked = checkedPatch(patch);
  const { version, values, stamps } = record.reported;
  return {
    ...record,
    reported: {
      version: version + 1,
      values: grown("Properties.Reported", values, checked),
      stamps: restamp(stamps, checked, [now]),
    },
  };
}

/** What changes nothing leaves every version as it is, and is not told to the device. */
function withChanges(
  record: TwinRecord,
  options: { tags: JsonObject; desired: JsonObject; now: number },
): Changed {
  const tags = changeOf(record.tags, options.tags);
  const patch = changeOf(record.desired.values, options.desired);
  if (isEmpty(tags) && isEmpty(patch)) return { record };
  const edition = record.edition + 1;
  const withTags = isEmpty(tags) ? record : { ...record, tags: grown("Tags", record.tags, tags) };
  if (isEmpty(patch)) return { record: { ...withTags, edition } };
  const desired = nextDesired(record.desired, patch, options.now);
  return { record: { ...withTags, edition, desired }, desired: { patch, version: desired.version } };
}

function nextDesired({ version, values, stamps }: Section, patch: JsonObject, now: number): Section {
  return {
    version: version + 1,
    values: grown("Properties.Desired", values, patch),
    stamps: restamp(stamps, patch, [now, version + 1]),
  };
}

function grown(part: TwinPart, values: JsonObject, patch: JsonObject): JsonObject {
  const next = merge(values, patch);
  checkSize(part, next);
  return next;
}

/** Back ends send back what they got, with these; they are the service's to write. */
function withoutSystemProperties(desired: JsonObject): JsonObject {
  if (!isObject(desired)) return desired;
  const { $metadata: _metadata, $version: _version, ...rest } = desired;
  return rest;
}

function isEmpty(patch: JsonObject): boolean {
  return Object.keys(patch).length === 0;
}
