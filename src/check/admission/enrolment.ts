import type { Clock } from "../../clock.ts";
import type { LoadedConfig } from "../../config/index.ts";
import { registrationToken } from "../../link/identities/derived-key.ts";
import type { Enrolled } from "../../link/identity.ts";
import { type Answer, ask, tokenEnd, wordsOf } from "./ask.ts";

const API_VERSION = "2021-06-01";
/** What it says of a registration that there is not, to those whom it knows. */
const NO_REGISTRATION = "404202";

/** What the provisioning service says of the device. */
export type Enrolment =
  | { readonly verdict: "assigned"; readonly hub: string }
  | { readonly verdict: "unassigned" | "disabled" }
  | { readonly verdict: "failed" | "refused" | "unknown-scope" | "unclear"; readonly said: string };

export interface EnrolmentOptions {
  readonly enrolled: Enrolled;
  readonly link: LoadedConfig["values"]["link"];
  readonly ca: string | undefined;
  readonly clock: Clock;
}

/**
 * Asks what became of the device's registration, which registers nothing. Rejects with Node's error if there is no answer.
 * @see https://learn.microsoft.com/rest/api/iot-dps/device/runtime-registration/device-registration-status-lookup
 */
export async function askEnrolment({ enrolled, link, ca, clock }: EnrolmentOptions): Promise<Enrolment> {
  const { endpoint, idScope, registrationId, proof } = enrolled;
  const expiry = tokenEnd(clock);
  const [host = ""] = endpoint.split(":");
  const path = `/${encodeURIComponent(idScope)}/registrations/${encodeURIComponent(registrationId)}`;
  const answer = await ask({
    host,
    link,
    path: `${path}?api-version=${API_VERSION}`,
    ca,
    proof:
      proof.kind === "x509"
        ? proof
        : { token: registrationToken({ idScope, registrationId, key: proof.key, expiry }) },
    body: { registrationId },
    clock,
  });
  return readEnrolment(answer);
}

/** Pure. */
export function readEnrolment(answer: Answer): Enrolment {
  const { status, code, message, body } = answer;
  const said = wordsOf(answer);
  if (status === 200) {
    const { status: state, assignedHub, errorMessage } = body;
    if (state === "assigned") return { verdict: "assigned", hub: String(assignedHub) };
    if (state === "disabled") return { verdict: "disabled" };
    if (state === "failed") return { verdict: "failed", said: String(errorMessage ?? "without a reason") };
    // `assigning` too: it is on its way.
    return typeof state === "string" ? { verdict: "unassigned" } : { verdict: "unclear", said };
  }
  // A hub that has this port beside its provisioning service, as the local one may: the question was not for it.
  if (code.startsWith("IotHub")) return { verdict: "unclear", said: `a hub answers there (${said})` };
  if (status === 401 || status === 403) return { verdict: "refused", said };
  if (status === 404 && (code === NO_REGISTRATION || /registration not found/i.test(message)))
    return { verdict: "unassigned" };
  // The service's own errors are of six digits; another server's 404 says nothing of an id scope.
  if (status === 404 && /^\d{6}$/.test(code)) return { verdict: "unknown-scope", said };
  return { verdict: "unclear", said };
}
