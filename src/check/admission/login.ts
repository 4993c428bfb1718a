import type { Identity } from "../../link/identity.ts";
import { after, type Check, type Finding, fatal, ok, skipped, Unmet, warning } from "../check.ts";
import type { Subject } from "../subject.ts";
import type { Login } from "./ask-login.ts";
import { validFromOf } from "./identity.ts";

/** What the provisioning service may say that is the reason for a refusal by the hub, too. */
const REFUSALS = new Set(["refused", "disabled", "unknown-scope", "failed"]);

export function loginCheck(subject: Subject): Check {
  return {
    id: "login",
    description: "What the hub says of the device",
    async run(signal) {
      const login = await subject.login().catch((error: unknown) => {
        if (error instanceof Unmet && subject.isOnline()) return undefined;
        throw error;
      });
      if (login === undefined) return ok("it let this agent in, which is online");
      const enrolled = (await subject.who()).identities.enrolled !== undefined;
      const { admission, identity, isSpare } = login;
      const { verdict } = admission;
      if (verdict === "accepted" && isSpare)
        return warning(
          `it refuses the first key of ${identity.deviceId}, and takes the second`,
          "Write the key that counts into the connection string: one of them was changed at the hub.",
        );
      if (verdict === "accepted")
        return ok(`it knows ${identity.deviceId}, and accepts its ${wordFor(identity)}`);
      if (verdict === "unclear") return skipped(`it does not say: ${admission.said}`);
      if (await isOutOfTime(subject, signal)) throw after("identity");
      if (!enrolled) return refusal(verdict, login);
      // What the provisioning service says now is asked for then, and counts.
      const enrolment = await subject.enrolment();
      if ("verdict" in enrolment && REFUSALS.has(enrolment.verdict)) throw after("provisioning");
      const { detail } = refusal(verdict, login);
      return warning(detail, "hubhand will ask the provisioning service again, which may mend it by itself.");
    },
  };
}

function refusal(
  verdict: "refused" | "unknown-device" | "disabled",
  { identity, admission }: Login,
): Finding {
  const { deviceId, hostName, proof } = identity;
  const said = "said" in admission ? ` (${admission.said})` : "";
  switch (verdict) {
    case "unknown-device":
      return fatal(
        `${hostName} has no device ${deviceId}${said}`,
        "Create it there (portal: Devices, Add device), or give the connection string of one that exists: capitals count.",
      );
    case "disabled":
      return fatal(
        `device ${deviceId} is disabled at ${hostName}${said}`,
        "Enable it (portal: Devices, the device, Enable connection to IoT Hub).",
      );
    case "refused":
      return fatal(
        `${hostName} refuses the ${wordFor(identity)} of ${deviceId}${said}`,
        `${proof.kind === "symmetric-key" ? aboutKey(proof.key) : ABOUT_CERTIFICATE} Is the device enabled?${said.includes("CONNACK") ? " Is this machine's clock right (date -u)?" : ""} A hub that takes no connections from this network (IP filter, private access) refuses all the same.`,
      );
  }
}

const ABOUT_CERTIFICATE =
  "Is it the certificate whose thumbprint, or whose authority, is registered for this device?";

/** Those that Azure makes (developer guide, identity registry properties); one may be given others. */
const USUAL_BYTES = new Set([32, 64]);

/** Its length is no secret, and most often it is what is wrong. */
function aboutKey(key: string): string {
  const bytes = Buffer.from(key, "base64").length;
  const length = USUAL_BYTES.has(bytes)
    ? ""
    : ` It has ${bytes} bytes; those that Azure makes have 32 or 64.`;
  return `Copy the connection string again, whole (portal: Devices, the device).${length}`;
}

/** A certificate that has ended, or does not count yet, is what has to be mended. */
async function isOutOfTime(subject: Subject, signal: AbortSignal): Promise<boolean> {
  const { validTo, identities } = await subject.who();
  const now = subject.clock.wallClock();
  if (validTo === undefined) return false;
  const validFrom = await validFromOf(identities, signal);
  return validTo.getTime() < now || (validFrom !== undefined && validFrom.getTime() > now);
}

const wordFor = ({ proof }: Identity): string => (proof.kind === "x509" ? "certificate" : "key");
