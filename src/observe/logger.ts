import { type DestinationStream, type Logger, pino } from "pino";
import { createRedactor } from "./redaction.ts";

export interface LoggerOptions {
  readonly level: string;
  /** `auto`: readable on a terminal, JSON elsewhere. */
  readonly format: "auto" | "json" | "pretty";
  /** Texts that no line may hold, wherever they come from: keys, tokens, connection strings. */
  readonly secrets?: readonly string[];
  /** Where lines go; standard output, unless a test wants to read them. */
  readonly destination?: DestinationStream & { isTTY?: boolean };
}

/** The log of the whole process: one JSON line an event, on standard output. */
export async function createLogger(options: LoggerOptions): Promise<Logger> {
  const { level, format, secrets = [], destination = standardOutput() } = options;
  const { isTTY = false } = options.destination ?? process.stdout;
  const readable = format === "pretty" || (format === "auto" && isTTY);
  const lines = readable ? await prettyLines(destination, isTTY) : destination;
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: describeError },
      hooks: { streamWrite: createRedactor(secrets) },
    },
    lines,
  );
}

/**
 * Writes each line before it goes on, so that the last words of a process that exits are not lost, as they are in
 * the buffer of `process.stdout` when it is a pipe; and if whoever reads it goes away, the agent goes on.
 */
const standardOutput = (): DestinationStream => pino.destination({ dest: 1, sync: true });

/** Loaded only where a person reads: a device has no use for it. */
async function prettyLines(destination: DestinationStream, isTTY: boolean): Promise<DestinationStream> {
  const { default: pinoPretty } = await import("pino-pretty");
  const { isColorSupported, prettyFactory } = pinoPretty;
  const pretty = prettyFactory({ translateTime: "SYS:HH:MM:ss.l", colorize: isTTY && isColorSupported });
  return { write: (line) => destination.write(pretty(line)) };
}

/** Plugins throw what they like; an error with a property that throws when read must not hurt whoever logs it. */
function describeError(error: unknown): unknown {
  try {
    return pino.stdSerializers.err(error as Error);
  } catch {
    return { type: typeof error, message: "an error that cannot be read" };
  }
}
