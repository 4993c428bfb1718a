/** What a line of the log may be, from the least important on: pino's own. */
export const LINE_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal"] as const;

/** From which of them on lines are written; `silent`: none. */
export const LOG_LEVELS = [...LINE_LEVELS, "silent"] as const;
