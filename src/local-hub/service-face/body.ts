import type { IncomingMessage } from "node:http";
import { HubError } from "../hub-error.ts";

/** Above every limit of the operations, so that each can answer its own error. */
const BODY_LIMIT = 512 * 1024;
/** What is read of a body that is too large, and dropped: a caller who is cut off in the middle never sees why. */
const DROPPED_LIMIT = 16 * 1024 * 1024;

/** Reads a request's body. @throws HubError MessageTooLarge */
export function readBody(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const tooLarge = () => reject(new HubError("MessageTooLarge", "the request body is too large"));
    const chunks: Buffer[] = [];
    let size = 0;
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= BODY_LIMIT) chunks.push(chunk);
      else chunks.length = 0;
      if (size <= DROPPED_LIMIT) return;
      request.pause();
      tooLarge();
    });
    request.once("end", () => {
      if (size > BODY_LIMIT) tooLarge();
      else resolve(Buffer.concat(chunks));
    });
    request.once("error", reject);
    // Of a caller who goes in the middle. An error costs a look at the stack, and every request has its close.
    request.once("close", () => {
      if (!request.readableEnded) reject(new Error("the request ended before its body"));
    });
  });
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
