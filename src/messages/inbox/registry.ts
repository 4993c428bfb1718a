import { systemClock } from "../../clock.ts";
import { HubhandError } from "../../errors.ts";
import { createSchemaCompiler, createValidator, type Validate } from "../../methods/validation.ts";
import type { MessageHandler } from "./handler.ts";

/** A handler with what its messages need, made once. */
export interface RegisteredHandler extends MessageHandler {
  readonly validate: Validate;
}

export interface HandlerRegistry {
  /**
   * Takes away the handlers of `plugin` and adds these, in one step: no message finds neither.
   * @throws HubhandError PLUGIN_INVALID for a name that is taken, or a schema that is none; all is as before then
   */
  replace(plugin: string, handlers: readonly MessageHandler[]): void;
  remove(plugin: string): void;
  get(name: string): RegisteredHandler | undefined;
  /** Sorted by name. */
  list(): readonly MessageHandler[];
  /** Calls back after each change. */
  onChange(listener: () => void): void;
}

/** Which handlers of cloud-to-device messages there are; may change while messages are handled. */
export function createHandlerRegistry({ clock = systemClock } = {}): HandlerRegistry {
  const handlers = new Map<string, RegisteredHandler>();
  const compile = createSchemaCompiler();
  const listeners: (() => void)[] = [];
  const changed = (): void => {
    for (const listener of listeners) listener();
  };

  function register(handler: MessageHandler): RegisteredHandler {
    const { name, schema } = handler;
    const validate =
      schema === undefined
        ? () => undefined
        : createValidator(compile(schema, `the schema of messages "${name}"`), clock);
    return { ...handler, validate };
  }

  function takeAway(plugin: string): boolean {
    const own = [...handlers.values()].filter((handler) => handler.plugin === plugin);
    for (const { name } of own) handlers.delete(name);
    return own.length > 0;
  }

  return {
    replace(plugin, added) {
      const batch = added.map(register);
      for (const { name } of batch) {
        const there = handlers.get(name);
        if (there === undefined || there.plugin === plugin) continue;
        const message = `messages "${name}" have a handler already, of plugin "${there.plugin}"`;
        throw new HubhandError("PLUGIN_INVALID", message);
      }
      const hadAny = takeAway(plugin);
      for (const handler of batch) handlers.set(handler.name, handler);
      if (hadAny || batch.length > 0) changed();
    },
    remove(plugin) {
      if (takeAway(plugin)) changed();
    },
    get: (name) => handlers.get(name),
    list: () => [...handlers.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
    onChange: (listener) => void listeners.push(listener),
  };
}
