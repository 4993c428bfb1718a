import { messageOf } from "../errors.ts";
import type { LogEvent } from "./events.ts";
import { HubError } from "./hub-error.ts";

/** What is no error in the service's terms is the hub's own fault: the log is told why, and who asked only that it failed. */
export function asHubError(error: unknown, log: LogEvent): HubError {
  if (error instanceof HubError) return error;
  log({ event: "fault", reason: messageOf(error) });
  return new HubError("ServerError", "the hub failed; its log says why");
}
