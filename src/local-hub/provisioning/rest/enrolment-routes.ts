import { registrationState, unassignedState } from "../answers.ts";
import { certificatesOf } from "../attestation-description.ts";
import type { Problem } from "../documents/fields.ts";
import { readEnrolment, type Surroundings } from "../documents/read-enrolment.ts";
import { quoted, writeAttestation, writeEnrolment } from "../documents/write-enrolment.ts";
import { type Enrolment, type EnrolmentDescription, type EnrolmentKind, keyOf } from "../enrolment.ts";
import type { Enrolments } from "../enrolments.ts";
import { ProvisioningError } from "../provisioning-error.ts";
import { isOf, type RegistrationTable } from "../registration-table.ts";
import { parseBody, wrong } from "./bodies.ts";
import { runBulk } from "./bulk.ts";
import { ifMatchOf } from "./etags.ts";
import { answerQuery } from "./query.ts";
import type { RestAnswer, RestRoute } from "./routing.ts";

export interface EnrolmentRoutesOptions {
  enrolments: Enrolments;
  table: RegistrationTable;
  surroundings: Surroundings;
}

/** learn.microsoft.com, REST "Individual Enrollment" and "Enrollment Group": the same operations, at two places. */
export function enrolmentRoutes(options: EnrolmentRoutesOptions): RestRoute[] {
  return [
    ...routesOf({ ...options, kind: "individual", base: "/enrollments", from: "enrollments" }),
    ...routesOf({ ...options, kind: "group", base: "/enrollmentgroups", from: "enrollmentGroups" }),
  ];
}

function routesOf(
  options: EnrolmentRoutesOptions & { kind: EnrolmentKind; base: string; from: string },
): RestRoute[] {
  const { enrolments, table, surroundings, kind, base, from } = options;
  const caller = "service";

  function existing(id = ""): Enrolment {
    const enrolment = enrolments.get(kind, id);
    if (enrolment === undefined) throw new ProvisioningError("no-enrolment", "Enrollment not found.");
    return enrolment;
  }

  function write(enrolment: Enrolment, withKeys = false): Record<string, unknown> {
    if (enrolment.kind === "group") return writeEnrolment(enrolment, { withKeys });
    const registration = table.get(enrolment.id);
    const isOwn = registration !== undefined && isOf(registration, enrolment);
    const state = isOwn ? registrationState(registration) : unassignedState(enrolment);
    return writeEnrolment(enrolment, { withKeys, registrationState: state });
  }

  function answer(enrolment: Enrolment, withKeys = false): RestAnswer {
    return { status: 200, headers: { etag: quoted(enrolment.etag) }, body: write(enrolment, withKeys) };
  }

  function read(document: unknown, id: string): EnrolmentDescription {
    const problems: Problem[] = [];
    const keptCertificates = certificatesOf(enrolments.get(kind, id)?.attestation);
    const more = { kind, path: "", problems, strict: false, keptCertificates };
    const read = readEnrolment(document, { ...surroundings, ...more });
    if (read === undefined) throw wrong(problems);
    if (keyOf(read.id) !== keyOf(id)) {
      throw new ProvisioningError("bad-request", "the id of the body is not that of the path");
    }
    return read;
  }

  return [
    {
      method: "POST",
      path: base,
      caller,
      handle: ({ body }) => runBulk(body, { enrolments, surroundings, kind }),
    },
    {
      method: "POST",
      path: `${base}/query`,
      caller,
      handle: (request) =>
        answerQuery(request, {
          items: enrolments.list(kind),
          idOf: ({ id }) => id,
          write: (enrolment) => write(enrolment),
          from,
          itemType: kind === "individual" ? "enrollment" : "enrollmentGroup",
        }),
    },
    {
      method: "POST",
      path: `${base}/{id}/attestationmechanism`,
      caller,
      handle: ({ parameters: { id } }) => ({
        status: 200,
        body: writeAttestation(existing(id).attestation, { withKeys: true }),
      }),
    },
    { method: "GET", path: `${base}/{id}`, caller, handle: ({ parameters: { id } }) => answer(existing(id)) },
    {
      method: "PUT",
      path: `${base}/{id}`,
      caller,
      handle({ parameters: { id = "" }, body, header }) {
        const description = read(parseBody(body), id);
        const ifMatch = ifMatchOf(header("if-match"));
        // As seen of the service: without If-Match it is made, and is a conflict where it is there.
        if (ifMatch === undefined) return answer(enrolments.create(description), true);
        return answer(enrolments.replace(description, { ifMatch }), true);
      },
    },
    {
      method: "DELETE",
      path: `${base}/{id}`,
      caller,
      handle({ parameters: { id = "" }, header }) {
        existing(id);
        enrolments.remove(id, { kind, ifMatch: ifMatchOf(header("if-match")) ?? "*" });
        return { status: 204 };
      },
    },
  ];
}
