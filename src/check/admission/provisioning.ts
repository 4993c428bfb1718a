import { type Check, type Finding, fatal, ok, skipped, warning } from "../check.ts";
import type { Subject } from "../subject.ts";
import type { Enrolment } from "./enrolment.ts";

/** What the provisioning service says of the device. A device that has its hub can do without: then it is a warning. */
export function provisioningCheck(subject: Subject): Check {
  return {
    id: "provisioning",
    description: "The provisioning service",
    async run() {
      const { description, enrolled } = (await subject.someone()).identities;
      if (enrolled === undefined) return skipped("the device is not provisioned: its settings name the hub");
      const enrolment = await subject.enrolment();
      const { assignment } = await enrolled();
      const service = description.provisioning ?? "";
      if ("unreachable" in enrolment)
        return warning(
          `${service} cannot be asked: ${enrolment.unreachable}`,
          "hubhand goes to the hub that was assigned before. It needs the service when that does not take it any more.",
        );
      const isNeeded = assignment === undefined || !(await subject.isAccepted());
      return judge(enrolment, { service, registrationId: description.registrationId ?? "", isNeeded });
    },
  };
}

interface Surroundings {
  readonly service: string;
  readonly registrationId: string;
  readonly isNeeded: boolean;
}

function judge(enrolment: Enrolment, { service, registrationId, isNeeded }: Surroundings): Finding {
  const bad = isNeeded ? fatal : warning;
  switch (enrolment.verdict) {
    case "assigned":
      return ok(`${service} has assigned ${registrationId} to ${enrolment.hub}`);
    case "unassigned":
      return ok(`${service} knows ${registrationId}, which has not registered yet`);
    case "disabled":
      return bad(
        `${service} has disabled the enrolment of ${registrationId}`,
        "Enable it (portal: the provisioning service, Manage enrollments).",
      );
    case "failed":
      return bad(
        `${service} could not assign ${registrationId} to a hub: ${enrolment.said}`,
        "Look at the enrolment's linked hubs and its allocation: the hub may be full, or not linked any more.",
      );
    case "refused":
      return bad(
        `${service} refuses ${registrationId} (${enrolment.said})`,
        "It does not tell which of these is wrong: hub.provisioning.idScope, hub.provisioning.registrationId, or the key (a device's own: key; a group's: groupKey) or certificate of its enrolment.",
      );
    case "unknown-scope":
      return bad(
        `${service} has nothing of that id scope (${enrolment.said})`,
        "Copy hub.provisioning.idScope from the service's overview in the portal: 0ne… and digits.",
      );
    case "unclear":
      return skipped(`${service} does not say: ${enrolment.said}`);
  }
}
