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
  let value: unknown;
  try {
    value = JSON.parse(body.toString("utf8"));
  } catch {
    throw new HubError("IotHubFormatError", "the request body is not JSON");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new HubError("IotHubFormatError", "the request body is not a JSON object");
  }
  return value as Record<string, unknown>;
}
