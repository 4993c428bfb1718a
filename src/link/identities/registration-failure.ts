import { classifyFailure, type Failure, type FailureClass, type RawFailure } from "../failure.ts";

/** What is known of a conversation with the provisioning service that brought no assignment. */
export interface RegistrationProblem extends RawFailure {
  /** It asked not to be asked now: HTTP's 429 and above. */
  readonly throttled?: { readonly status: number; readonly retryAfter?: number };
  /** The error came of reading its answer. */
  readonly undigested?: boolean;
}

/** The SDK's errors for what the service answered: what it said, and on which topic, which has the status. */
interface Answered {
  readonly result?: {
    readonly status?: string;
    readonly errorCode?: number;
    readonly message?: string;
    readonly registrationState?: { readonly errorCode?: number; readonly errorMessage?: string };
  };
  readonly transportObject?: { readonly topic?: string };
}

/** Tells why there is no assignment, in the link's classes; reasons begin with `provisioning-`. Pure. */
export function registrationFailure(problem: RegistrationProblem, endpoint: string): Failure {
  const service = `the provisioning service ${endpoint}`;
  const { throttled, undigested, error } = problem;
  if (throttled !== undefined) {
    const { status, retryAfter } = throttled;
    return {
      class: "refused",
      reason: `provisioning-${status}`,
      message: `${service} asks to be left alone for now (${status})`,
      ...(retryAfter === undefined ? {} : { retryAfter }),
    };
  }
  if (undigested === true) return notUnderstood(service);
  return answeredFailure(error as Answered | undefined, service) ?? connectionFailure(problem, service);
}

function answeredFailure(error: Answered | undefined, service: string): Failure | undefined {
  const { result, transportObject } = error ?? {};
  if (typeof result !== "object" || result === null) {
    return transportObject === undefined ? undefined : notUnderstood(service);
  }
  if (result.status?.toLowerCase() === "disabled") {
    const message = `${service} has disabled the enrolment of this device`;
    return { class: "unauthorized", reason: "provisioning-disabled", message };
  }
  // What the SDK makes of a status that it does not know.
  if (error instanceof SyntaxError) return notUnderstood(service);
  const { errorCode, errorMessage } = result.registrationState ?? {};
  const code = result.errorCode ?? errorCode;
  const words = [result.message ?? errorMessage, code === undefined ? undefined : `(${code})`];
  const said = words.filter((word) => word !== undefined).join(" ") || "without a reason";
  const [, status = "failed"] =
    /^\$dps\/registrations\/res\/(\d+)\//.exec(transportObject?.topic ?? "") ?? [];
  if (["401", "403", "404"].includes(status)) {
    return {
      class: "unauthorized",
      reason: `provisioning-${status}`,
      message: `${service} refuses this device: ${said}. Check its enrolment, hub.provisioning.idScope, the registration id, and the key or certificate`,
    };
  }
  const message = `${service} assigns no hub: ${said}`;
  return { class: "refused", reason: `provisioning-${status}`, message };
}

function notUnderstood(service: string): Failure {
  return {
    class: "refused",
    reason: "provisioning-unusable",
    message: `${service} answered what cannot be understood: is there one at hub.provisioning.endpoint, and nothing between that changes what it says?`,
  };
}

/** CONNACK codes that speak of who we are (MQTT 3.1.1, section 3.2.2.3). */
const REFUSALS: readonly unknown[] = [2, 4, 5];

function connectionFailure(problem: RawFailure, service: string): Failure {
  const { code } = (problem.error ?? {}) as { code?: unknown };
  if (REFUSALS.includes(code)) {
    return {
      class: "unauthorized",
      reason: `provisioning-connack-${code}`,
      message: `${service} refuses this device: check hub.provisioning.idScope, the registration id, the key or certificate, and that the clock of this machine is right`,
    };
  }
  const { class: failureClass, reason, message } = classifyFailure(problem);
  return {
    class: failureClass satisfies FailureClass,
    reason: `provisioning-${reason}`,
    message: `${service}: ${aboutService(message)}`,
  };
}

/** The link's words for a connection to a hub, said of the service. */
function aboutService(message: string): string {
  return message
    .replaceAll("the hub's", "its")
    .replaceAll("the hub", "it")
    .replaceAll("HostName", "hub.provisioning.endpoint")
    .replaceAll("the subscription to direct methods", "the registration");
}
