/** Writes a line: what it says besides its text, and the text, in which %s, %d, %j and %o stand for the values. */
export interface LogLine {
  (fields: object, text?: string, ...values: readonly unknown[]): void;
  (text: string, ...values: readonly unknown[]): void;
}

/**
 * The agent's log as a plugin writes to it, wherever the plugin runs. It is what pino's loggers and those of isolated plugins
 * have in common, in words of our own: an author of plugins need not have pino for its types.
 */
export interface PluginLog {
  readonly trace: LogLine;
  readonly debug: LogLine;
  readonly info: LogLine;
  readonly warn: LogLine;
  readonly error: LogLine;
  readonly fatal: LogLine;
  isLevelEnabled(level: string): boolean;
  /** The same log, with these fields in each of its lines. */
  child(bindings: Readonly<Record<string, unknown>>): PluginLog;
  bindings(): object;
}
