import { describe, expect, it } from "vitest";
import { readAnswer } from "../../../src/check/admission/admission.ts";
import { readEnrolment } from "../../../src/check/admission/enrolment.ts";

const answer = (status: number, code = "", message = "", body: Record<string, unknown> = {}) => ({
  status,
  code,
  message,
  body,
});

describe("what the hub answers to the question whether it knows who asks", () => {
  it.each([
    ["it looked for the lock", answer(412, "DeviceMessageLockLost"), "accepted"],
    ["it has nothing like it", answer(404, "MessageNotFound"), "accepted"],
    ["it does not mind", answer(204), "accepted"],
    ["its tier has no such messages", answer(403, "OperationNotAvailableInCurrentTier"), "accepted"],
    [
      "the key is wrong",
      answer(401, "IotHubUnauthorized", "Authentication failed for this device"),
      "refused",
    ],
    [
      "the thumbprint is wrong",
      answer(401, "IotHubUnauthorized", "Thumbprint does not match configuration"),
      "refused",
    ],
    ["it says no, and not why", answer(401, "IotHubUnauthorizedAccess", "Unauthorized"), "refused"],
    [
      "no such device",
      answer(401, "", "IotHub 'h' does not contain the specified device 'd'"),
      "unknown-device",
    ],
    ["no such device, by its code", answer(404, "DeviceNotFound"), "unknown-device"],
    ["disabled", answer(403, "DeviceDisabled", "pi"), "disabled"],
    ["a web server has no such page", answer(404), "unclear"],
    ["a provisioning service has none", answer(404, "404000", "no such operation"), "unclear"],
    ["it is busy", answer(429, "ThrottlingException"), "unclear"],
    ["it is broken", answer(500), "unclear"],
    ["it did not understand", answer(400, "InvalidProtocolVersion"), "unclear"],
  ])("%s", (_, given, verdict) => {
    expect(readAnswer(given).verdict).toBe(verdict);
  });
});

describe("what the provisioning service answers to the question about a registration", () => {
  it.each([
    ["it is assigned", answer(200, "", "", { status: "assigned", assignedHub: "h" }), "assigned"],
    ["it goes on", answer(200, "", "", { status: "assigning" }), "unassigned"],
    ["there is none yet", answer(404, "404202", "Registration not found."), "unassigned"],
    ["its enrolment is disabled", answer(200, "", "", { status: "disabled" }), "disabled"],
    ["it failed", answer(200, "", "", { status: "failed", errorMessage: "no hub" }), "failed"],
    ["who asks is not known", answer(401, "401002", "Unauthorized"), "refused"],
    ["its id scope is not known", answer(404, "404000"), "unknown-scope"],
    ["a web server answers", answer(404), "unclear"],
    ["a hub answers", answer(401, "IotHubUnauthorized"), "unclear"],
    ["it is busy", answer(429, "429001"), "unclear"],
  ])("%s", (_, given, verdict) => {
    expect(readEnrolment(given).verdict).toBe(verdict);
  });
});
