import { certificatesOf } from "../attestation-description.ts";
import type { Problem } from "../documents/fields.ts";
import { readFields } from "../documents/fields.ts";
import { readEnrolment, type Surroundings } from "../documents/read-enrolment.ts";
import { ENROLMENT_ID, type EnrolmentKind } from "../enrolment.ts";
import type { Enrolments } from "../enrolments.ts";
import { asProvisioningError, PROVISIONING_ERRORS, ProvisioningError } from "../provisioning-error.ts";
import { bodyFields, wrong } from "./bodies.ts";
import { ifMatchOf } from "./etags.ts";
import type { RestAnswer } from "./routing.ts";

/** The most enrolments of one operation, in the service too. */
const MOST = 10;
const MODES = ["create", "update", "updateIfMatchETag", "delete"] as const;
type Mode = (typeof MODES)[number];

const NAMES = {
  individual: { list: "enrollments", id: "registrationId" },
  group: { list: "enrollmentGroups", id: "enrollmentGroupId" },
} as const;

interface Options {
  enrolments: Enrolments;
  surroundings: Surroundings;
  kind: EnrolmentKind;
}

/**
 * Makes, changes or removes several enrolments; what fails is told for each, and stops no other
 * (azure-iot-provisioning-service, BulkEnrollmentOperation). @throws ProvisioningError bad-request
 */
export function runBulk(body: Buffer, options: Options): RestAnswer {
  const { list, id } = NAMES[options.kind];
  const { fields, problems } = bodyFields(body);
  const given = fields.text("mode") ?? "";
  // Both SDKs and documentation spell the third mode in several ways.
  const mode = MODES.find((each) => each.toLowerCase() === given.toLowerCase());
  if (mode === undefined) fields.wrong("mode", `one of ${MODES.join(", ")}`);
  const documents = fields.list(list) ?? [];
  if (documents.length === 0 || documents.length > MOST) fields.wrong(list, `a list of 1 to ${MOST}`);
  if (mode === undefined || problems.length > 0) throw wrong(problems);
  const errors = documents.flatMap((document) => {
    const error = errorOf(() => applyOne(document, mode, options));
    if (error === undefined) return [];
    const { errorCode } = PROVISIONING_ERRORS[error.code];
    return [{ [id]: idIn(document, id), errorCode, errorStatus: error.message }];
  });
  return { status: 200, body: { isSuccessful: errors.length === 0, errors } };
}

function applyOne(document: unknown, mode: Mode, { enrolments, surroundings, kind }: Options): void {
  const problems: Problem[] = [];
  const fields = readFields(document, { path: "", problems });
  const ifMatch = ifMatchOf(fields?.text("etag"));
  if (mode === "delete") {
    const id = fields?.text(NAMES[kind].id, ENROLMENT_ID);
    if (id === undefined) throw new ProvisioningError("bad-request", "the id is missing, or is none");
    enrolments.remove(id, { kind, ifMatch: ifMatch ?? "*" });
    return;
  }
  const keptCertificates = certificatesOf(enrolments.get(kind, idIn(document, NAMES[kind].id))?.attestation);
  const more = { kind, path: "", problems, strict: false, keptCertificates };
  const description = readEnrolment(document, { ...surroundings, ...more });
  if (description === undefined || problems.length > 0) throw wrong(problems);
  if (mode === "create") enrolments.create(description);
  else if (mode === "update") enrolments.replace(description);
  else enrolments.replace(description, { ifMatch: ifMatch ?? "" });
}

function errorOf(act: () => void): ProvisioningError | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    const refusal = asProvisioningError(error);
    if (refusal === undefined) throw error;
    return refusal;
  }
}

function idIn(document: unknown, name: string): string {
  const id = (document as Record<string, unknown> | null)?.[name];
  return typeof id === "string" ? id : "";
}
