import { isJsonType } from "../../messages/sending/message-body.ts";
import type { Telemetry } from "../../messages/telemetry.ts";
import type { TaskTelemetry } from "../define-plugin.ts";

interface How {
  /** What the task says of it. */
  readonly how: boolean | TaskTelemetry | undefined;
  readonly telemetry: Telemetry;
  /** The run's: one that was given up has nothing to tell. */
  readonly signal: AbortSignal;
}

/**
 * Sends what a run of a task returned, if the task says so; nothing (`undefined`, `null`) is nothing to send.
 * Rejects as `Telemetry.send` does: the run has failed then.
 */
export async function tellResult({
  result,
  how,
  telemetry,
  signal,
}: How & { result: unknown }): Promise<void> {
  if (how === undefined || how === false || result === undefined || result === null || signal.aborted) return;
  await telemetry.send(result, how === true ? {} : how);
}

/**
 * The same with what a program or a service answered: JSON, unless the task says that its content type is another; then
 * it is sent as it stands. White space is nothing.
 * @param read the JSON in it; throws what it is instead
 */
export async function tellAnswer({
  text,
  read,
  ...rest
}: How & { readonly text: string; read(): unknown }): Promise<void> {
  const { how } = rest;
  if (how === undefined || how === false || text.trim() === "") return;
  const isText = how !== true && how.contentType !== undefined && !isJsonType(how.contentType);
  await tellResult({ ...rest, result: isText ? text : read() });
}
