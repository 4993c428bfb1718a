import type { LogEvent } from "../events.ts";
import type { CallMethod, CallOutcome } from "../jobs/run-job.ts";
import { asHubError } from "../own-fault.ts";
import { readWritable } from "../writable-json.ts";
import type { Answer } from "./answers.ts";
import type { InvokeMethod } from "./methods.ts";

/** Calls the methods of jobs as callers of the service face do: by the same rules, and with the same errors. */
export function callMethodAsService(options: { invokeMethod: InvokeMethod; log: LogEvent }): CallMethod {
  const { invokeMethod, log } = options;
  return async (who, { document, signal }) => {
    let reply: CallOutcome | undefined;
    try {
      const answer = await invokeMethod(who, {
        document,
        signal,
        answered({ status, payload }) {
          reply = { kind: "answered", status, payload: readReply(payload) };
          return { status: 200 };
        },
      });
      return reply ?? failureIn(answer);
    } catch (error) {
      const { code, message } = asHubError(error, log);
      return { kind: "failed", code, description: message };
    }
  };
}

/** A reply that is no JSON, or none that could be kept, is shown as the text that it is. */
function readReply(payload: Buffer): unknown {
  const text = payload.toString("utf8");
  if (text === "") return null;
  const read = readWritable(text);
  return read === undefined ? text : read.value;
}

/** The errors of devices that were not there, or did not answer, are documents within documents. */
function failureIn({ headers = {}, body = "" }: Answer): CallOutcome {
  const { Message } = JSON.parse(body.toString()) as { Message: string };
  const { message } = JSON.parse(Message) as { message: string };
  return { kind: "failed", code: headers["iothub-errorcode"] ?? "ServerError", description: message };
}
