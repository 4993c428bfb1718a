import { asBuffer } from "../../as-buffer.ts";
import type { Delivery } from "../../messages/inbox/handler.ts";

/** A message as it crosses to a plugin elsewhere, where only JSON does: `base64` stands for a payload that is bytes. */
export interface CrossingMessage extends Pick<Delivery, "name" | "message" | "attempt"> {
  readonly payload: unknown;
  readonly base64?: string;
}

export function crossing({ name, payload, message, attempt }: Delivery): CrossingMessage {
  if (!(payload instanceof Uint8Array)) return { name, payload, message, attempt };
  return { name, payload: null, base64: asBuffer(payload).toString("base64"), message, attempt };
}

/** The payload on the other side. */
export const crossed = ({ payload, base64 }: Pick<CrossingMessage, "payload" | "base64">): unknown =>
  base64 === undefined ? payload : Buffer.from(base64, "base64");

/** What a program reads or a service is sent: text and bytes as they are, and all else as JSON. */
export function plainBody(payload: unknown): string | Buffer {
  if (payload instanceof Uint8Array) return asBuffer(payload);
  return typeof payload === "string" ? payload : JSON.stringify(payload);
}
