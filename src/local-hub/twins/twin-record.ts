import { freeze, isObject } from "./json.ts";
import { checkedPatch, checkSize, growthOf, type TwinPart } from "./limits.ts";
import { changeOf, merge, replacementPatch } from "./merge.ts";
import { restamp, type Stamp, type Stamps } from "./stamps.ts";
import type { JsonObject, TwinPatch } from "./twins.ts";

/** What is kept of a twin: all that does not come from its identity. Nothing in it is ever changed in place. */
export interface TwinRecord {
  /** Grows with every change by a back end; the twin's etag is made of it. What a device reports leaves it alone. */
  readonly edition: number;
  /** As announced at the last login that announced one; empty if none did. */
  readonly modelId: string;
  readonly tags: Part;
  readonly desired: Section;
  readonly reported: Section;
}

/** What somebody may put into, with the size that counts for its limit. */
export interface Part {
  readonly values: JsonObject;
  readonly size: number;
}

/** One half of a twin's properties. */
export interface Section extends Part {
  /** What is shown as `$version`. */
  readonly version: number;
  readonly stamps: Stamps;
}

/** A record after a change by a back end, and what a device is to be told of it, if its desired properties changed. */
export interface Changed {
  record: TwinRecord;
  desired?: { patch: JsonObject; version: number };
}

export function newRecord(now: number): TwinRecord {
  const empty: Part = { values: Object.freeze({}), size: 0 };
  const section: Section = { ...empty, version: 1, stamps: [now] };
  return { edition: 1, modelId: "", tags: empty, desired: section, reported: section };
}

/** A record that comes back from the store, as frozen as the one that was put there. */
export function readRecord(kept: TwinRecord): TwinRecord {
  for (const { values } of [kept.tags, kept.desired, kept.reported]) freeze(values);
  return kept;
}

/**
 * Merges; null in place of a part empties it (Azure/azure-iot-sdk-node, e2etests/test/twin_e2e_tests.js: "can null out all
 * desired properties", "can null out all tags"). @throws HubError
 */
export function patched(record: TwinRecord, { tags, properties }: TwinPatch, now: number): Changed {
  const desired = properties?.desired;
  return withChanges(record, {
    tags: tags === null ? replacementPatch(record.tags.values, {}) : checkedPatch(tags ?? {}),
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
    tags: tags === undefined ? {} : replacementPatch(record.tags.values, checkedPatch(tags ?? {})),
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
  return {
    ...record,
    reported: next("Properties.Reported", record.reported, { patch: checked, stamp: [now] }),
  };
}

/** What changes nothing leaves every version as it is, and is not told to the device. */
function withChanges(
  record: TwinRecord,
  options: { tags: JsonObject; desired: JsonObject; now: number },
): Changed {
  const tags = changeOf(record.tags.values, options.tags);
  const patch = changeOf(record.desired.values, options.desired);
  if (isEmpty(tags) && isEmpty(patch)) return { record };
  const edition = record.edition + 1;
  const withTags = isEmpty(tags) ? record : { ...record, tags: grown("Tags", record.tags, tags) };
  if (isEmpty(patch)) return { record: { ...withTags, edition } };
  const version = record.desired.version + 1;
  const desired = next("Properties.Desired", record.desired, { patch, stamp: [options.now, version] });
  return { record: { ...withTags, edition, desired }, desired: { patch, version } };
}

function next(name: TwinPart, section: Section, change: { patch: JsonObject; stamp: Stamp }): Section {
  const { values: from, stamps, version } = section;
  const part = grown(name, section, change.patch);
  return { ...part, version: version + 1, stamps: restamp(stamps, { from, to: part.values, ...change }) };
}

function grown(name: TwinPart, part: Part, patch: JsonObject): Part {
  const values = merge(part.values, patch);
  const size = part.size + growthOf({ from: part.values, to: values, patch });
  checkSize(name, size);
  return { values, size };
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
