import { type Logger, pino } from "pino";
import { type Clock, systemClock, waitAtMost } from "../clock.ts";
import { isHubhandError } from "../errors.ts";
import type { LogRing } from "./log-ring.ts";
import { createRedactor, type Redactor } from "./redaction.ts";
import { type LineStream, lineStream } from "./standard-output.ts";

const FLUSH_LIMIT_MS = 1_000;

export interface LoggerOptions {
  readonly level: string;
  /** `auto`: readable on a terminal, JSON elsewhere. */
  readonly format: "auto" | "json" | "pretty";
  /** Knows the texts that no line may hold, wherever they come from: keys, tokens, connection strings. */
  readonly redactor?: Redactor;
  /** Is given each finished line as JSON, whatever the format. */
  readonly ring?: Pick<LogRing, "add">;
  /** Where lines go; standard output, unless a test wants to read them. */
  readonly destination?: LineStream & { isTTY?: boolean };
}

/** The log of the whole process: one JSON line an event, on standard output. */
export async function createLogger(options: LoggerOptions): Promise<Logger> {
  const { level, format, redactor = createRedactor(), destination = lineStream() } = options;
  const { isTTY = false } = options.destination ?? process.stdout;
  const readable = format === "pretty" || (format === "auto" && isTTY);
  const written = readable ? await prettyLines(destination, isTTY) : destination;
  const lines = options.ring === undefined ? written : alsoTo(options.ring, written);
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: describeError },
      hooks: { streamWrite: redactor.redact },
    },
    lines,
  );
}

function alsoTo(ring: Pick<LogRing, "add">, lines: LineStream): LineStream {
  return {
    ...lines,
    write(line) {
      ring.add(line);
      lines.write(line);
    },
  };
}

/** Loaded only where a person reads: a device has no use for it. */
async function prettyLines(destination: LineStream, isTTY: boolean): Promise<LineStream> {
  const { default: pinoPretty } = await import("pino-pretty");
  const { isColorSupported, prettyFactory } = pinoPretty;
  const pretty = prettyFactory({ translateTime: "SYS:HH:MM:ss.l", colorize: isTTY && isColorSupported });
  return { ...destination, write: (line) => destination.write(pretty(line)) };
}

/** Resolves when the log is written as far as it goes, within a second: a reader that stalls must not keep us. */
export async function flushLog(logger: Pick<Logger, "flush">, clock: Clock = systemClock): Promise<void> {
  await waitAtMost(new Promise<void>((resolve) => logger.flush(() => resolve())), FLUSH_LIMIT_MS, clock);
}

/** What an error says at most: megabytes would hold up everybody else. */
const LONGEST_TEXT = 16_384;

const shortened = (text: unknown): unknown =>
  typeof text === "string" && text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}…` : text;

/** Plugins throw what they like; an error with a property that throws when read must not hurt whoever logs it. */
function describeError(error: unknown): unknown {
  try {
    // Ours says all that there is to say; where in hubhand it was made says nothing.
    if (isHubhandError(error) && error.code !== "INTERNAL" && error.cause === undefined)
      return { type: error.name, code: error.code, message: error.message };
    const { message, stack, ...rest } = pino.stdSerializers.err(error as Error);
    return { ...rest, message: shortened(message), stack: shortened(stack) };
  } catch {
    return { type: typeof error, message: "an error that cannot be read" };
  }
}
