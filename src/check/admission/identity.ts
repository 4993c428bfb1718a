import { X509Certificate } from "node:crypto";
import { messageOf } from "../../errors.ts";
import type { IdentitySource } from "../../link/identity.ts";
import { daysLeft, RENEW, SOON_DAYS } from "../certificate-end.ts";
import { type Check, fatal, ok, Unmet, warning } from "../check.ts";
import { isClockWrong } from "../clock.ts";
import type { Subject } from "../subject.ts";

/** Who the device is, as its settings and files say; whether the hub agrees is for `login`. */
export function identityCheck(subject: Subject): Check {
  return {
    id: "identity",
    description: "Who the device is",
    async run(signal) {
      const who = await subject.who().catch((error: unknown) => {
        if (error instanceof Unmet) throw error;
        return { problem: messageOf(error) };
      });
      if ("problem" in who) return fatal(who.problem, remedyFor(who.problem));
      const { identities, validTo } = who;
      const words = Object.entries(identities.description).map(([name, value]) => `${name} ${value}`);
      const told = words.join(", ");
      // IoT Edge's runtime must answer for it; who is provisioned is not asked for here, as that would register.
      const problem = identities.enrolled === undefined ? await unobtainable() : undefined;
      if (problem !== undefined) return fatal(problem, "Nothing can be done before that answers.");
      // By a wrong clock its dates say nothing, and that is told elsewhere.
      if (validTo === undefined || (await isClockWrong(subject))) return ok(told);
      const validFrom = await validFromOf(identities, signal);
      if (validFrom !== undefined && validFrom.getTime() > subject.clock.wallClock()) {
        const early = `${told}; its certificate is valid only from ${validFrom.toISOString()}`;
        const mend = "Is this machine's clock right (date -u)? If it is, have the certificate made anew.";
        return (await subject.isRefused())
          ? fatal(`${early}, and the hub refuses it`, mend)
          : warning(early, mend);
      }
      const days = daysLeft(validTo, subject.clock.wallClock());
      const end = `its certificate ends at ${validTo.toISOString()}`;
      if (days >= SOON_DAYS) return ok(`${told}; ${end}`);
      if (days >= 0) return warning(`${told}; ${end}`, RENEW);
      // The hub has the last word: of those that it knows by their thumbprint it does not look at the dates.
      const ended = `${told}; its certificate ended at ${validTo.toISOString()}`;
      return (await subject.isRefused())
        ? fatal(`${ended}, and the hub refuses it`, RENEW)
        : warning(ended, RENEW);

      function unobtainable(): Promise<string | undefined> {
        return identities.obtain(signal).then(() => undefined, messageOf);
      }
    },
  };
}

/** Undefined of a device without a certificate. */
export async function validFromOf(
  identities: IdentitySource,
  signal: AbortSignal,
): Promise<Date | undefined> {
  const { proof } = (await identities.enrolled?.()) ?? (await identities.obtain(signal));
  return proof.kind === "x509" ? new Date(new X509Certificate(proof.certificate).validFrom) : undefined;
}

/** What a connection string has wrong in itself is mended by another copy; anything else is a choice between settings. */
function remedyFor(problem: string): string {
  const isMiscopied =
    /^(?:No connection string|The connection string )/.test(problem) && !/x509|certificate/.test(problem);
  return isMiscopied
    ? "Copy the device's own, whole: in the portal under Devices, the device, Primary connection string. docs/configure.md has the other ways to tell who the device is."
    : "Correct that setting or file; docs/configure.md says how to tell who the device is.";
}
