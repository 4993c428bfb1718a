import type { Logger } from "pino";
import { createLogger, type LoggerOptions } from "../../../src/observe/log/logger.ts";
import { createRedactor, type Redactor } from "../../../src/observe/log/redaction.ts";

export type LogLine = Readonly<Record<string, unknown>> & { readonly level: string; readonly msg?: string };

export interface LogBook {
  readonly logger: Logger;
  /** What the log passes through. */
  readonly redactor: Redactor;
  /** Every line so far, parsed. */
  lines(): LogLine[];
  /** Every line so far, as written. */
  text(): string;
}

/** The real logger, with a book to read instead of standard output. */
export async function createLogBook(
  options: Partial<Omit<LoggerOptions, "redactor">> & { secrets?: readonly string[] } = {},
): Promise<LogBook> {
  const { secrets, ...rest } = options;
  let text = "";
  const destination = {
    write(line: string) {
      text += line;
    },
  };
  const redactor = createRedactor(secrets);
  const logger = await createLogger({ level: "trace", format: "json", destination, redactor, ...rest });
  return {
    logger,
    redactor,
    lines: () =>
      text
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as LogLine),
    text: () => text,
  };
}
