import { describe, expect, it } from "vitest";
import {
  type RegistrationProblem,
  registrationFailure,
} from "../../../src/link/identities/registration-failure.ts";

/** As the SDK makes it of an answer. */
const answered = (status: number, result: object): Error =>
  Object.assign(new Error("incoming message failure"), {
    result,
    transportObject: { topic: `$dps/registrations/res/${status}/?$rid=1`, payload: result },
  });

/** As the SDK makes it of a registration that has ended, and not well. */
const ended = (result: object): Error => Object.assign(new Error("registration failed"), { result });

const coded = (code: string | number): Error => Object.assign(new Error("x"), { code });

describe("why the provisioning service gave no hub, in the classes of the link", () => {
  it.each<[string, RegistrationProblem, object]>([
    [
      "it is not reached",
      { phase: "dialing", error: coded("ECONNREFUSED") },
      { class: "network", reason: "provisioning-ECONNREFUSED" },
    ],
    [
      "its name does not resolve",
      { phase: "dialing", error: coded("ENOTFOUND") },
      { class: "network", message: expect.stringContaining("check hub.provisioning.endpoint and DNS") },
    ],
    [
      "nothing answers",
      { phase: "dialing", timedOut: true },
      { class: "network", reason: "provisioning-timeout-dialing" },
    ],
    [
      "it cannot prove who it is",
      { phase: "dialing", error: coded("SELF_SIGNED_CERT_IN_CHAIN") },
      {
        class: "tls",
        message: expect.stringContaining("its certificate is from an unknown authority: set hub.caFile"),
      },
    ],
    [
      "it refuses the login",
      { phase: "connecting", error: coded(5) },
      { class: "unauthorized", reason: "provisioning-connack-5", message: expect.stringContaining("clock") },
    ],
    [
      "it is unavailable",
      { phase: "connecting", error: coded(3) },
      { class: "refused", reason: "provisioning-connack-3" },
    ],
    [
      "it does not know the enrolment",
      { phase: "subscribing", error: answered(401, { errorCode: 401002, message: "Unauthorized" }) },
      {
        class: "unauthorized",
        reason: "provisioning-401",
        message: expect.stringContaining("Unauthorized (401002)"),
      },
    ],
    [
      "it has disabled the enrolment",
      {
        phase: "subscribing",
        error: Object.assign(new SyntaxError("status is disabled"), { result: { status: "disabled" } }),
      },
      {
        class: "unauthorized",
        reason: "provisioning-disabled",
        message: expect.stringContaining("disabled the enrolment"),
      },
    ],
    [
      "an allocation function failed",
      {
        phase: "subscribing",
        error: ended({
          status: "failed",
          registrationState: { errorCode: 400207, errorMessage: "Custom allocation failed" },
        }),
      },
      {
        class: "refused",
        reason: "provisioning-failed",
        message: expect.stringContaining("Custom allocation failed (400207)"),
      },
    ],
    [
      "it does not like the question",
      { phase: "subscribing", error: answered(400, { errorCode: 400004, message: "no" }) },
      { class: "refused", reason: "provisioning-400" },
    ],
    [
      "it answers what is no JSON",
      { phase: "subscribing", error: new TypeError("x"), undigested: true },
      {
        class: "refused",
        reason: "provisioning-unusable",
        message: expect.stringContaining("answered what cannot be understood"),
      },
    ],
    [
      "it refuses, and says nothing",
      {
        phase: "subscribing",
        error: Object.assign(new Error("x"), {
          result: null,
          transportObject: { topic: "$dps/registrations/res/400/?$rid=1" },
        }),
      },
      { class: "refused", reason: "provisioning-unusable" },
    ],
    [
      "it answers with a status that nobody knows",
      {
        phase: "subscribing",
        error: Object.assign(new SyntaxError("status is x"), { result: { status: "x" } }),
      },
      { class: "refused", reason: "provisioning-unusable" },
    ],
    [
      "it is asked too often",
      { phase: "subscribing", throttled: { status: 429, retryAfter: 5_000 } },
      { class: "refused", reason: "provisioning-429", retryAfter: 5_000 },
    ],
    [
      "it takes too long",
      { phase: "subscribing", timedOut: true },
      { class: "refused", reason: "provisioning-timeout-subscribing" },
    ],
  ])("%s", (_, problem, failure) => {
    const told = registrationFailure(problem, "dps.example");
    expect(told).toMatchObject(failure);
    expect(told.message).toMatch(/^the provisioning service dps\.example/);
    expect(told.message).not.toMatch(/the hub|HostName|direct method/);
  });
});
