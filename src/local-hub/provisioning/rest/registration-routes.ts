import { encoded, registrationState, unassignedState } from "../answers.ts";
import type { Enrolments } from "../enrolments.ts";
import { ProvisioningError } from "../provisioning-error.ts";
import type { RegistrationTable } from "../registration-table.ts";
import { ifMatchOf } from "./etags.ts";
import { answerQuery } from "./query.ts";
import type { RestRoute } from "./routing.ts";

/** What became of devices (learn.microsoft.com, REST "Device Registration State"). */
export function registrationRoutes(options: {
  enrolments: Enrolments;
  table: RegistrationTable;
}): RestRoute[] {
  const { enrolments, table } = options;
  const caller = "service";
  const missing = () => new ProvisioningError("no-registration", "Registration not found.");

  return [
    {
      method: "POST",
      path: "/registrations/{groupId}/query",
      caller,
      handle(request) {
        const { groupId = "" } = request.parameters;
        if (enrolments.get("group", groupId) === undefined) {
          throw new ProvisioningError("no-enrolment", "Enrollment not found.");
        }
        return answerQuery(request, {
          items: table.ofGroup(groupId),
          idOf: ({ registrationId }) => registrationId,
          write: registrationState,
          from: "registrations",
          itemType: "deviceRegistration",
        });
      },
    },
    {
      method: "GET",
      path: "/registrations/{id}",
      caller,
      handle({ parameters: { id = "" } }) {
        const registration = table.get(id);
        if (registration) return { status: 200, body: registrationState(registration) };
        const enrolment = enrolments.get("individual", id);
        if (enrolment) return { status: 200, body: unassignedState(enrolment) };
        throw missing();
      },
    },
    {
      method: "DELETE",
      path: "/registrations/{id}",
      caller,
      handle({ parameters: { id = "" }, header }) {
        const registration = table.get(id);
        if (registration === undefined) throw missing();
        const ifMatch = ifMatchOf(header("if-match")) ?? "*";
        if (!["*", registration.etag, encoded(registration.etag)].includes(ifMatch)) {
          throw new ProvisioningError("wrong-etag", "the etag of the registration is another one");
        }
        table.remove(id);
        return { status: 204 };
      },
    },
  ];
}
