import type { Level, Logger as PinoLogger } from "pino";
import type { EventAt } from "./registry.ts";

/** What a line says besides its text; `event` is what happened, by its name in the registry. */
type Fields<Name extends string> = { readonly event: Name } & Readonly<Record<string, unknown>>;

type Say<Name extends string> = (fields: Fields<Name>, text?: string, ...values: readonly unknown[]) => void;

/**
 * pino's logger, as hubhand's own code has it: a line without an event, with one that is not in the registry, or at a
 * level that the event does not have, is an error of types. Any pino logger will do; none is wrapped.
 */
export interface Logger extends Readonly<{ [At in Level]: Say<EventAt<At>> }> {
  level: string;
  isLevelEnabled(level: Level): boolean;
  child(bindings: Readonly<Record<string, unknown>>, options?: object): Logger;
  flush(done?: (error?: Error) => void): void;
}

/** A logger for authors of plugins: what they write, and whether they name events, is theirs to say. */
export type AuthorLogger = PinoLogger;

/** On loggers of authors, and all that are made of them: their lines are counted by plugin, not by event. */
export const OF_AUTHOR = Symbol("hubhand.ofAuthor");

/** Hands a logger to a plugin; as pino makes children, it follows the one that it is made of. */
export function forAuthor(logger: Logger): AuthorLogger {
  const made = Object.create(logger) as AuthorLogger & { [OF_AUTHOR]?: true };
  made[OF_AUTHOR] = true;
  return made;
}
