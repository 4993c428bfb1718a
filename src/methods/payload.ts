import { parse as parseSecurely } from "secure-json-parse";

export type ParsedPayload = { readonly value: unknown } | { readonly problem: PayloadProblem };

/** Why a payload is refused; goes to the caller as the error's details. */
export interface PayloadProblem {
  /** JSON Pointer into the payload; "" is the whole. */
  readonly path: string;
  /** The keyword of the schema, or `json`, `utf-8`, `forbidden-key`. */
  readonly rule: string;
  readonly message: string;
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });

/**
 * Reads a payload. Nothing at all means `null`: so the service says "no payload". An object with a `__proto__` of
 * its own, or a `constructor.prototype`, is refused, as a handler that merges it would poison its objects.
 */
export function parsePayload(bytes: Uint8Array): ParsedPayload {
  if (bytes.length === 0) return { value: null };
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    return { problem: { path: "", rule: "utf-8", message: "is not UTF-8" } };
  }
  try {
    return { value: parseSecurely(text, { protoAction: "error", constructorAction: "error" }) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (message.includes("forbidden prototype")) {
      return {
        problem: { path: "", rule: "forbidden-key", message: "has a key __proto__ or constructor.prototype" },
      };
    }
    return { problem: { path: "", rule: "json", message: `is not JSON: ${message}` } };
  }
}
