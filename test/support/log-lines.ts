import type { Logger } from "pino";
import { createLogger, type LoggerOptions } from "../../src/observe/logger.ts";

export type LogLine = Readonly<Record<string, unknown>> & { readonly level: string; readonly msg?: string };

export interface LogBook {
  readonly logger: Logger;
  /** Every line so far, parsed. */
  lines(): LogLine[];
  /** Every line so far, as written. */
  text(): string;
}

/** The real logger, with a book to read instead of standard output. */
export async function createLogBook(options: Partial<LoggerOptions> = {}): Promise<LogBook> {
  let text = "";
  const destination = {
    write(line: string) {
      text += line;
    },
  };
  const logger = await createLogger({ level: "trace", format: "json", destination, ...options });
  return {
    logger,
    lines: () =>
      text
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as LogLine),
    text: () => text,
  };
}
