import { systemClock } from "../clock.ts";
import type { Logger } from "../events/logger.ts";
import { attemptOnce } from "../messages/inbox/attempt.ts";
import { createHandlerRegistry } from "../messages/inbox/registry.ts";
import type { Plugin } from "../plugins/plugin.ts";
import type { MessageOutcome, MessageToPlugin } from "./told.ts";

/** Gives messages to the handlers of a plugin under test, each once, and under the agent's rules. */
export type GiveMessage = (
  name: string,
  payload: unknown,
  given?: MessageToPlugin,
) => Promise<MessageOutcome | undefined>;

/** @throws HubhandError PLUGIN_INVALID for a schema that is none */
export function messageGiver({ name: plugin, messages }: Plugin, logger: Logger): GiveMessage {
  const registry = createHandlerRegistry();
  registry.replace(plugin, messages);
  const never = new AbortController().signal;

  return async (name, payload, { properties = {}, messageId, correlationId, contentType } = {}) => {
    const handler = registry.get(name);
    if (handler === undefined) return undefined;
    const outcome = await attemptOnce({
      handler,
      message: {
        messageId,
        correlationId,
        contentType,
        contentEncoding: undefined,
        properties,
        input: undefined,
        body: bodyOf(payload),
      },
      attempt: 1,
      stop: never,
      logger: logger.child({ plugin, messages: name, messageId }),
      clock: systemClock,
    });
    return outcome === "stopped" ? "failed" : outcome;
  };
}

/** Texts and bytes as they are, and all else as JSON. */
export function bodyOf(payload: unknown): Buffer {
  if (payload instanceof Uint8Array) return Buffer.from(payload);
  return Buffer.from(typeof payload === "string" ? payload : JSON.stringify(payload ?? null));
}
