import type { Client } from "aedes";
import { whoIs } from "../client-id.ts";
import { errorDocument } from "../error-document.ts";
import type { LogEvent } from "../events.ts";
import { HubError } from "../hub-error.ts";
import type { Limits } from "../limits/service-limits.ts";
import { asHubError } from "../own-fault.ts";
import type { JsonObject, Twins } from "../twins/twins.ts";
import { isSubscribed } from "./aedes-internals.ts";
import { TWIN_RESPONSES_FILTER, twinResponseTopic } from "./topics.ts";
import { publish } from "./traffic.ts";

/** What a device or module asks of its twin. */
export interface TwinRequest {
  requestId: string;
  /** What it reports, with the version that it must build on, if it says one; absent: it asks for the twin. */
  report?: { payload: Buffer; ifVersion?: number };
}

interface TwinAnswer {
  status: number;
  version?: number;
  body?: unknown;
}

/**
 * Answers what devices ask of their twins: 200 with both sections, 204 with the new version, or an error whose body says
 * more than its status, which is all that the Node SDK reads of it (mqtt_twin_client.js). Only to who listens for answers.
 */
export function createTwinRequests(options: {
  twins: Pick<Twins, "forDevice" | "report">;
  limits: Pick<Limits, "check">;
  log: LogEvent;
  now: () => number;
}): (client: Client, request: TwinRequest) => void {
  const { twins, limits, log, now } = options;

  function answerTo(clientId: string, { report }: TwinRequest): TwinAnswer {
    limits.check(report === undefined ? "twinReads" : "twinUpdates");
    if (report === undefined) {
      const body = twins.forDevice(clientId);
      log({ event: "twin-read", ...whoIs(clientId) });
      return { status: 200, body };
    }
    const { payload, ifVersion } = report;
    const version = twins.report(clientId, parse(payload), ifVersion === undefined ? {} : { ifVersion });
    log({ event: "twin-reported", ...whoIs(clientId), bytes: payload.length, version });
    return { status: 204, version };
  }

  function refusal(clientId: string, error: unknown): TwinAnswer {
    const { code, message, status } = asHubError(error, log);
    log({ event: "twin-refused", ...whoIs(clientId), status, code });
    return { status, body: errorDocument({ code, message, now: now() }) };
  }

  return (client, request) => {
    let answer: TwinAnswer;
    try {
      answer = answerTo(client.id, request);
    } catch (error) {
      answer = refusal(client.id, error);
    }
    if (!isSubscribed(client, TWIN_RESPONSES_FILTER)) return;
    const { requestId } = request;
    const { status, version, body } = answer;
    const topic = twinResponseTopic({ status, requestId, ...(version === undefined ? {} : { version }) });
    publish(client, topic, body === undefined ? "" : JSON.stringify(body));
  };
}

function parse(payload: Buffer): JsonObject {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(payload));
  } catch {
    throw new HubError("IotHubFormatError", "the reported properties are not JSON");
  }
}
