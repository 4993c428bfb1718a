import type { FailureContext, RequestPurpose, ServiceFailureCode } from "./failure.ts";
import type { HubComplaint } from "./hub-answer.ts";

/** What is told of a server that does not answer as an IoT Hub. `got` is what it answered. */
export function notAHub(got: string, { hub }: FailureContext): string {
  return `What answers at ${hub} is not an IoT Hub (${got}). Check HostName and port, and whether a proxy stands between.`;
}

/** The rights of a policy by the names that the portal shows (learn.microsoft.com, "Control access to IoT Hub"). */
const RIGHTS: Readonly<Record<RequestPurpose, string>> = {
  call: 'the right "Service Connect"',
  query: 'the right "Registry Read"',
  job: 'the rights "Registry Read" and "Registry Write"',
  registry: 'the rights "Registry Read" and "Registry Write"',
};

/** How many jobs a hub runs at once (learn.microsoft.com, "IoT Hub quotas and throttling"). */
const JOB_QUOTA =
  "it runs as many jobs already as its tier allows (one on Free and S1, five on S2, ten on S3)";

/** Tells a failure that the hub, or a gateway before it, answered with: sentences for a person, with what to do. */
export function failureMessage(
  code: ServiceFailureCode,
  complaint: HubComplaint & { status: number },
  { target, hub, policyName, purpose }: FailureContext,
): string {
  const said = complaint.text === undefined ? `HTTP status ${complaint.status}` : complaint.text;
  const tracked = complaint.trackingId === undefined ? "" : ` (tracking id ${complaint.trackingId})`;
  switch (code) {
    case "DEVICE_UNKNOWN":
      return `The hub ${hub} has no ${target}. Check the id: capitals count.`;
    case "DEVICE_OFFLINE":
      return `The ${target} is not online: it is not connected, or does not listen for direct methods. A connect time-out (--connect-timeout) waits for it.`;
    case "DEVICE_DISABLED":
      return `The ${target} is disabled in the hub ${hub}: enable it there.`;
    case "DEVICE_SILENT":
      return `The ${target} did not answer in time; it may still have run the method. A longer response time-out (--response-timeout) waits longer.`;
    case "CREDENTIALS_REFUSED":
      return `The hub ${hub} refuses the policy "${policyName}": ${said}. Check its name and key, that it has ${RIGHTS[purpose]}, the hub's network rules, and the clock of this machine.`;
    case "HUB_UNREACHABLE":
      return `There is no hub at ${hub}: ${said}. Check HostName.`;
    case "HUB_THROTTLED":
      if (complaint.name === "ThrottlingMaxActiveJobCountExceeded" || complaint.number === 429_004)
        return `The hub ${hub} takes no further job at the moment: ${JOB_QUOTA}. Wait for them, or end one: --cancel.`;
      return `The hub ${hub} limits the calls at the moment: ${said}. Try again later, or call less often.`;
    case "HUB_FAULT":
      return `The hub ${hub} failed: ${said}${tracked}. Try again later.`;
    case "DEVICE_REPLY_INVALID":
      return `The hub could not use what the ${target} answered: ${said}. A reply is JSON of at most 128 KiB.`;
    case "CALL_INVALID":
      return `The hub does not accept the ${purpose === "call" ? "call" : target}: ${said}.`;
    case "QUERY_INVALID":
      return `The hub does not take the ${target}: ${said}.`;
    case "HUB_JOB_UNKNOWN":
      return `The hub ${hub} has no ${target}. Check the id; a job is kept for thirty days after its end.`;
  }
}
