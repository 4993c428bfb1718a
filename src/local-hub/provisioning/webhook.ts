import { messageOf } from "../../errors.ts";
import type { Allocation } from "./allocation.ts";
import { type Problem, readFields } from "./documents/fields.ts";
import { readTwin } from "./documents/read-enrolment.ts";
import { writeEnrolment } from "./documents/write-enrolment.ts";
import type { Enrolment } from "./enrolment.ts";
import type { LinkedHubs } from "./linked-hubs.ts";

/** How long a webhook may take, in milliseconds. */
const ANSWER_MS = 10_000;
/** The largest answer, in characters: more than a twin can hold. */
const ANSWER_LIMIT = 256 * 1024;

/**
 * Asks the webhook of a custom allocation where a device goes (learn.microsoft.com, "Understand custom allocation
 * policies"). @throws Error in words for the device
 */
export async function askWebhook(
  webhook: { url: string },
  options: {
    registrationId: string;
    enrolment: Enrolment;
    payload: unknown;
    previous: { assignedHub: string; deviceId: string } | undefined;
    hubs: LinkedHubs;
    stopping: AbortSignal;
  },
): Promise<Allocation> {
  const { enrolment, hubs, previous, registrationId, payload, stopping } = options;
  const document = writeEnrolment(enrolment, { withKeys: false });
  const attestation = enrolment.attestation.kind === "symmetricKey" ? { symmetricKey: {} } : { x509: {} };
  const question = {
    ...(enrolment.kind === "group" ? { enrollmentGroup: document } : { individualEnrollment: document }),
    deviceRuntimeContext: {
      registrationId,
      ...(previous
        ? { currentIotHubHostName: previous.assignedHub, currentDeviceId: previous.deviceId }
        : {}),
      ...attestation,
      ...(payload === undefined ? {} : { payload }),
    },
    linkedHubs: enrolment.hubHostNames ?? hubs.hostNames,
  };
  return readAllocation(await post(webhook.url, { question, stopping }), { hubs });
}

async function post(
  url: string,
  { question, stopping }: { question: unknown; stopping: AbortSignal },
): Promise<string> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json; charset=utf-8" },
      body: JSON.stringify(question),
      redirect: "error",
      signal: AbortSignal.any([stopping, AbortSignal.timeout(ANSWER_MS)]),
    });
    text = await response.text();
  } catch (error) {
    throw new Error(`the webhook of the custom allocation was not reached: ${reasonOf(error)}`);
  }
  if (!response.ok) throw new Error(`the webhook of the custom allocation answered ${response.status}`);
  if (text.length > ANSWER_LIMIT) throw new Error("the webhook of the custom allocation answered too much");
  return text;
}

/** `fetch` says only that it failed; its cause says why. */
function reasonOf(error: unknown): string {
  return messageOf(error instanceof Error && error.cause ? error.cause : error);
}

function readAllocation(text: string, { hubs }: { hubs: LinkedHubs }): Allocation {
  const problems: Problem[] = [];
  const fields = readFields(parse(text), { path: "", problems });
  const hubHostName = fields?.text("iotHubHostName", {
    expected: `the name of a linked hub: ${hubs.hostNames.join(", ")}`,
    fits: (name) => hubs.find(name) !== undefined,
  });
  const initialTwin = readTwin(fields?.object("initialTwin"));
  const payload = fields?.mapping("payload");
  const [problem] = problems;
  if (problem) {
    const where = problem.path === "" ? "its answer" : problem.path;
    throw new Error(`the webhook of the custom allocation: ${where} is not ${problem.expected}`);
  }
  if (hubHostName === undefined) throw new Error("the webhook of the custom allocation named no hub");
  return {
    hubHostName,
    ...(initialTwin ? { initialTwin } : {}),
    ...(payload ? { payload } : {}),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
