import type { Logger } from "pino";
import { createLogger } from "../observe/log/logger.ts";
import { createRedactor, type Redactor } from "../observe/log/redaction.ts";

/** A line of the log, as it would stand in the agent's. */
export interface TestLogLine {
  readonly level: string;
  readonly msg?: string;
  readonly [field: string]: unknown;
}

/** The agent's own logger, with a book to read instead of standard output. */
export async function createTestLog(): Promise<{
  readonly logger: Logger;
  readonly redactor: Redactor;
  lines(): readonly TestLogLine[];
  texts(): readonly string[];
}> {
  const texts: string[] = [];
  const redactor = createRedactor();
  const logger = await createLogger({
    level: "debug",
    format: "json",
    redactor,
    destination: { write: (line) => void texts.push(line.trimEnd()) },
  });
  return {
    logger,
    redactor,
    lines: () => texts.map((text) => JSON.parse(text) as TestLogLine),
    texts: () => texts,
  };
}
