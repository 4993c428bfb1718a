import type { X509Certificate } from "node:crypto";
import { DEVICE_ID } from "../../identities/registry.ts";
import type { TwinPatch } from "../../twins/twins.ts";
import { ENROLMENT_ID, type EnrolmentDescription, type EnrolmentKind, twinFault } from "../enrolment.ts";
import type { LinkedHubs } from "../linked-hubs.ts";
import { type Fields, type Problem, readFields } from "./fields.ts";
import { readAttestation } from "./read-attestation.ts";

/** What a document is read against. */
export interface Surroundings {
  hubs: LinkedHubs;
  /** Authorities, PEM, by the names that `caReferences` may say. */
  authorities: Readonly<Record<string, string>>;
}

/** The names of all fields that an enrolment has; the last ones are the service's own, and not looked at. */
const COMMON = [
  "attestation",
  "capabilities",
  "iotHubHostName",
  "initialTwin",
  "provisioningStatus",
  "reprovisionPolicy",
  "allocationPolicy",
  "iotHubs",
  "customAllocationDefinition",
  "etag",
  "createdDateTimeUtc",
  "lastUpdatedDateTimeUtc",
];
const FIELDS = {
  individual: ["registrationId", "deviceId", ...COMMON, "registrationState", "optionalDeviceInformation"],
  group: ["enrollmentGroupId", ...COMMON],
};
const ID_FIELD = { individual: "registrationId", group: "enrollmentGroupId" } as const;

/**
 * Reads the document of an enrolment, as the service's REST API has it (learn.microsoft.com, REST "Individual Enrollment",
 * "Enrollment Group"). Undefined if something is wrong in it, which is added to `problems`. With `strict` a field that
 * there is not is wrong too.
 */
export function readEnrolment(
  document: unknown,
  options: Surroundings & {
    kind: EnrolmentKind;
    path: string;
    problems: Problem[];
    strict: boolean;
    /** Of the enrolment that this one takes the place of: those that the document tells of only are these. */
    keptCertificates?: readonly X509Certificate[];
  },
): EnrolmentDescription | undefined {
  const { kind, problems, strict } = options;
  const before = problems.length;
  const fields = readFields(document, options);
  if (fields === undefined) return undefined;
  if (strict) fields.only(FIELDS[kind]);
  const id = required(fields, ID_FIELD[kind], fields.text(ID_FIELD[kind], ENROLMENT_ID), "an id");
  const deviceId = kind === "individual" ? fields.text("deviceId", DEVICE_ID) : undefined;
  const attestation = readAttestation(fields, options);
  const twin = fields.object("initialTwin");
  twin?.only(["tags", "properties"]);
  const initialTwin = readTwin(twin);
  const iotEdge = fields.object("capabilities")?.flag("iotEdge");
  const status = fields.choice("provisioningStatus", ["enabled", "disabled"]);
  const allocation = readAllocation(fields, options);
  const reprovisioning = readReprovisioning(fields.object("reprovisionPolicy"));
  if (problems.length > before || id === undefined || attestation === undefined) return undefined;
  return {
    kind,
    id,
    attestation,
    reprovisioning,
    disabled: status === "disabled",
    iotEdge: iotEdge ?? false,
    ...allocation,
    ...(deviceId ? { deviceId } : {}),
    ...(initialTwin ? { initialTwin } : {}),
  };
}

function readAllocation(
  fields: Fields,
  { hubs }: Surroundings,
): Pick<EnrolmentDescription, "allocation" | "hubHostName" | "hubHostNames" | "webhook"> {
  const linked = {
    expected: `the name of a linked hub: ${hubs.hostNames.join(", ")}`,
    fits: (name: string) => hubs.find(name) !== undefined,
  };
  const allocation = fields.choice("allocationPolicy", ["hashed", "geoLatency", "static", "custom"]);
  const hubHostName = fields.text("iotHubHostName", linked);
  const hubHostNames = fields.texts("iotHubs", linked);
  const definition = fields.object("customAllocationDefinition");
  const url = definition?.text("webhookUrl", { expected: "a URL of http or https", fits: isWebUrl });
  const apiVersion = definition?.text("apiVersion", { expected: "a version", pattern: /^\S+$/ });
  if (definition) {
    required(definition, "webhookUrl", url, "a URL");
    required(definition, "apiVersion", apiVersion, "a version");
  } else if (allocation === "custom") {
    required(fields, "customAllocationDefinition", undefined, "an object, for a custom allocation");
  }
  // With none it is made all the same (Azure/azure-iot-sdk-node, provisioning/e2e/_service_create_delete.js).
  if (allocation === "static" && !fields.has("iotHubHostName") && (hubHostNames?.length ?? 0) > 1) {
    fields.wrong("iotHubs", "one hub, for a static allocation");
  }
  return {
    ...(allocation ? { allocation } : {}),
    ...(hubHostName ? { hubHostName } : {}),
    ...(hubHostNames && hubHostNames.length > 0 ? { hubHostNames } : {}),
    ...(url && apiVersion ? { webhook: { url, apiVersion } } : {}),
  };
}

/** Both are true where nothing is said (azure-iot-provisioning-service, ReprovisionPolicy). */
function readReprovisioning(policy: Fields | undefined): "migrate" | "reset" | "never" {
  const moves = policy?.flag("updateHubAssignment") ?? true;
  const migrates = policy?.flag("migrateDeviceData") ?? true;
  if (!moves) return "never";
  return migrates ? "migrate" : "reset";
}

/** An `initialTwin`, be it of an enrolment or of an allocation. */
export function readTwin(twin: Fields | undefined): TwinPatch | undefined {
  const tags = twin?.mapping("tags");
  const desired = twin?.object("properties")?.mapping("desired");
  if (twin === undefined || (tags === undefined && desired === undefined)) return undefined;
  const read = { ...(tags ? { tags } : {}), ...(desired ? { properties: { desired } } : {}) };
  const fault = twinFault(read);
  if (fault !== undefined) twin.wrong("", `what a twin can hold: ${fault}`);
  return read;
}

function required<Value>(
  fields: Fields,
  name: string,
  value: Value | undefined,
  expected: string,
): Value | undefined {
  // One that is there and wrong has been told.
  if (value === undefined && !fields.has(name)) fields.wrong(name, `${expected}; it is missing`);
  return value;
}

function isWebUrl(text: string): boolean {
  return /^https?:$/.test(URL.parse(text)?.protocol ?? "");
}
