import type { MessageToHub } from "../../../src/link/hub-messages.ts";

/** A message that says this, and nothing else. */
export function message(text: string, given: Partial<MessageToHub> = {}): MessageToHub {
  return {
    messageId: text,
    body: new TextEncoder().encode(text),
    contentType: "application/json",
    contentEncoding: "utf-8",
    correlationId: undefined,
    output: undefined,
    properties: {},
    createdAt: Date.UTC(2027, 0, 1),
    ...given,
  };
}
