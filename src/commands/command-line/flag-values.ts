import { InvalidArgumentError } from "commander";
import { MODEL_ID_EXPECTED, modelIdProblem } from "../../rules/model-id.ts";

/** The value of a flag that names a port. @throws InvalidArgumentError */
export function readPort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535)
    throw new InvalidArgumentError("A port is a number from 0 to 65535.");
  return port;
}

/** The value of a flag that names a model. @throws InvalidArgumentError */
export function readModelId(text: string): string {
  const problem = modelIdProblem(text);
  if (problem !== undefined) throw new InvalidArgumentError(`Expected ${MODEL_ID_EXPECTED}. ${problem}`);
  return text;
}

/** For a flag that may be repeated. */
export function collect(value: string, earlier: readonly string[]): string[] {
  return [...earlier, value];
}
