import { HubhandError, messageOf } from "../../errors.ts";
import { JsonText } from "../../methods/json-text.ts";

/** What a body is made of, as it goes to the hub. */
export interface EncodedBody {
  readonly bytes: Uint8Array;
  readonly contentType: string;
  /** Undefined for bytes whose sender did not name it. */
  readonly contentEncoding: string | undefined;
}

/** `application/json` and `…+json` (RFC 6839), whatever parameters follow; and `text/json`, which some say instead. */
const JSON_TYPE = /^\s*[^;\s/]+\/(?:[^;\s]*\+)?json\s*(?:;|$)/i;
/** Whether a body of this content type is JSON, on its way out and in. */
export const isJsonType = (contentType: string): boolean => JSON_TYPE.test(contentType);

const UTF8 = /^utf-?8$/i;

/**
 * Bytes as they are, a text of a type that is not JSON as it is, and all else as JSON. Bytes are copied: their owner
 * may go on with them.
 * @param body anything at all: it may come out of a plugin
 * @throws HubhandError MESSAGE_INVALID
 */
export function encodeBody(
  body: unknown,
  given: { readonly contentType?: string | undefined; readonly contentEncoding?: string | undefined },
): EncodedBody {
  const bytes = bytesOf(body);
  if (bytes !== undefined) {
    const { contentType = "application/octet-stream", contentEncoding } = given;
    return { bytes, contentType, contentEncoding };
  }
  const { contentType = "application/json", contentEncoding = "utf-8" } = given;
  if (!UTF8.test(contentEncoding))
    throw invalid(
      `option contentEncoding is ${JSON.stringify(contentEncoding)}, and the body is no bytes, so that it is sent as utf-8; encode it yourself, or leave the option out`,
    );
  if (isJsonType(contentType)) return { bytes: Buffer.from(jsonOf(body)), contentType, contentEncoding };
  if (typeof body === "string") return { bytes: Buffer.from(body), contentType, contentEncoding };
  throw invalid(
    `option contentType is ${JSON.stringify(contentType)}, and the body is ${named(body)}; expected a text or bytes for a type that is not JSON`,
  );
}

function bytesOf(body: unknown): Uint8Array | undefined {
  if (ArrayBuffer.isView(body)) return new Uint8Array(body.buffer, body.byteOffset, body.byteLength).slice();
  if (body instanceof ArrayBuffer || body instanceof SharedArrayBuffer) return new Uint8Array(body).slice();
  return undefined;
}

function jsonOf(body: unknown): string {
  if (body instanceof JsonText) return body.text;
  let text: string | undefined;
  try {
    text = JSON.stringify(body);
  } catch (error) {
    // V8 draws a circle over several lines; the first says it.
    throw invalid(`the body cannot be written as JSON: ${messageOf(error).split("\n", 1)[0]}`);
  }
  if (text === undefined) throw invalid(`the body is ${named(body)}, which JSON cannot say`);
  return text;
}

const named = (value: unknown): string => (value === undefined ? "undefined" : `of type ${typeof value}`);

/** Only of what is wrong: never the body itself. */
export function invalid(problem: string): HubhandError {
  return new HubhandError("MESSAGE_INVALID", `the message is not sent: ${problem}`);
}
