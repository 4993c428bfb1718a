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

/** The same logger for authors of plugins: what they write, and whether they name events, is theirs to say. */
export type AuthorLogger = PinoLogger;

/** Hands a logger to a plugin. */
export const forAuthor = (logger: Logger): AuthorLogger => logger as PinoLogger;
