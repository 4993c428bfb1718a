import { type ParsedPayload, parsePayload } from "../../methods/payload.ts";
import { isJsonType } from "../sending/message-body.ts";
import type { CloudMessage } from "./cloud-message.ts";

const TEXT_TYPE = /^\s*text\//i;
const UTF_8 = /^\s*utf-?8\s*$/i;

const utf8 = new TextDecoder("utf-8", { fatal: true });

/**
 * What a message says: what its content type calls it, and without one whatever it can be read as, first JSON, then
 * text, then bytes. The problem is that it calls itself JSON and is none, or that it has a key that poisons objects.
 */
export function readBody(
  message: Pick<CloudMessage, "body" | "contentType" | "contentEncoding">,
): ParsedPayload {
  const { body, contentType = "", contentEncoding = "utf-8" } = message;
  // Compressed, or an alphabet that few devices read: its handler knows better than we.
  if (!UTF_8.test(contentEncoding)) return { value: body };
  if (isJsonType(contentType)) return parsePayload(body);
  if (TEXT_TYPE.test(contentType)) return { value: textOf(body) ?? body };
  if (contentType.trim() !== "") return { value: body };
  const parsed = parsePayload(body);
  if ("value" in parsed || parsed.problem.rule === "forbidden-key") return parsed;
  return { value: textOf(body) ?? body };
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}
