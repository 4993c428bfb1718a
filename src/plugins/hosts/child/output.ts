import { cut } from "../../../cut.ts";
import { HubhandError } from "../../../errors.ts";
import { JsonText } from "../../../methods/json-text.ts";

/** How much of what is no JSON is shown. */
const SHOWN = 80;

export interface Output {
  readonly status: number;
  readonly payload: unknown;
}

/**
 * What a program wrote is its reply: JSON is the payload of a 200, nothing is `null`; an object of a whole number
 * `status` and perhaps a `payload`, and of nothing else, says both.
 * @throws HubhandError METHOD_FAILED if it is not JSON
 */
export function readOutput(text: string): Output {
  if (text.trim() === "") return { status: 200, payload: null };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    const shown = JSON.stringify(cut(text, SHOWN));
    throw new HubhandError("METHOD_FAILED", `the program's output is not JSON; it begins with ${shown}`);
  }
  return statusAndPayload(value) ?? { status: 200, payload: new JsonText(text) };
}

function statusAndPayload(value: unknown): Output | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const { status, payload = null, ...rest } = value as Record<string, unknown>;
  if (!Number.isInteger(status) || Object.keys(rest).length > 0) return undefined;
  return { status: status as number, payload };
}
