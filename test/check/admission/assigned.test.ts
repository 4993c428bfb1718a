import { expect, it } from "vitest";
import type { Enrolment } from "../../../src/check/admission/enrolment.ts";
import { loginCheck } from "../../../src/check/admission/login.ts";
import { provisioningCheck } from "../../../src/check/admission/provisioning.ts";
import type { Check } from "../../../src/check/check.ts";
import type { Subject } from "../../../src/check/subject.ts";
import { createFakeClock } from "../../support/time/fake-clock.ts";

/** A device that has its hub: what comes of it that hub and provisioning service each say something. */
const proof = { kind: "symmetric-key", key: "" } as const;
const assignment = { hostName: "h", deviceId: "pi" };

function subjectWith(hub: "accepted" | "refused", service: Enrolment | { unreachable: string }): Subject {
  const enrolled = async () => ({ endpoint: "dps", idScope: "0ne", registrationId: "pi", proof, assignment });
  const who = {
    identities: {
      description: { provisioning: "dps", registrationId: "pi" },
      files: [],
      obtain: () => Promise.reject(new Error("this would register it")),
      rejected: () => undefined,
      enrolled,
    },
  };
  const admission = hub === "accepted" ? { verdict: hub } : { verdict: hub, said: "HTTP 401" };
  return {
    clock: createFakeClock(),
    who: async () => who,
    someone: async () => who,
    login: async () => ({ identity: { ...assignment, proof }, admission, isSpare: false }),
    isAccepted: async () => hub === "accepted",
    enrolment: async () => service,
  } as unknown as Subject;
}

const signal = new AbortController().signal;
const outcome = async (check: Check) => {
  try {
    return (await check.run(signal)).result;
  } catch (error) {
    return `after ${(error as { because?: string }).because}`;
  }
};

it.each<["accepted" | "refused", Enrolment | { unreachable: string }, string, string]>([
  ["accepted", { verdict: "assigned", hub: "h" }, "ok", "ok"],
  ["accepted", { unreachable: "nobody" }, "warning", "ok"],
  ["accepted", { verdict: "refused", said: "401" }, "warning", "ok"],
  ["accepted", { verdict: "disabled" }, "warning", "ok"],
  ["refused", { verdict: "refused", said: "401" }, "fatal", "after provisioning"],
  ["refused", { verdict: "disabled" }, "fatal", "after provisioning"],
  ["refused", { verdict: "assigned", hub: "another" }, "ok", "warning"],
])(
  "its hub has %s it, and the service says %j: provisioning %s, login %s",
  async (hub, service, first, second) => {
    const subject = subjectWith(hub, service);
    expect(await outcome(provisioningCheck(subject))).toBe(first);
    expect(await outcome(loginCheck(subject))).toBe(second);
  },
);
