import type { IncomingMessage } from "node:http";
import { HubError } from "../hub-error.ts";

/** Above every limit of the operations, so that each can answer its own error; above this nothing is even read. */
const BODY_LIMIT = 512 * 1024;

/** Reads a request's body. @throws HubError MessageTooLarge */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_LIMIT) throw new HubError("MessageTooLarge", "the request body is too large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The JSON object in a body. @throws HubError IotHubFormatError */
export function parseObject(body: Buffer): Record<string, unknown> {
  const value = parseJson(body);
  if (!isObject(value)) throw new HubError("IotHubFormatError", "the request body is not a JSON object");
  return value;
}

/** The JSON objects in a body that is a list of them. @throws HubError IotHubFormatError */
export function parseObjects(body: Buffer): Array<Record<string, unknown>> {
  const value = parseJson(body);
  if (!Array.isArray(value) || !value.every(isObject)) {
    throw new HubError("IotHubFormatError", "the request body is not a list of JSON objects");
  }
  return value;
}

/** @throws HubError IotHubFormatError */
export function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    throw new HubError("IotHubFormatError", "the request body is not JSON");
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
