import { type Logger, pino } from "pino";
import { type Clock, systemClock, waitAtMost } from "../../clock.ts";
import { cut } from "../../cut.ts";
import { isHubhandError } from "../../errors.ts";
import { escapeSteering } from "../../steering.ts";
import type { Metrics } from "../metrics/metrics.ts";
import { createLineGuard } from "./line-guard.ts";
import type { LogFile } from "./log-file.ts";
import type { LogRing } from "./log-ring.ts";
import { createRedactor, type Redactor } from "./redaction.ts";
import { LONGEST_LINE, shortenLine } from "./shorten.ts";
import { type LineStream, lineStream } from "./standard-output.ts";
import { timeField } from "./time-field.ts";

const FLUSH_LIMIT_MS = 1_000;
const STANDARD_OUTPUT = 1;

export interface LoggerOptions {
  readonly level: string;
  /** `auto`: readable on a terminal, JSON elsewhere. */
  readonly format: "auto" | "json" | "pretty";
  /** Knows the texts that no line may hold, wherever they come from: keys, tokens, connection strings. */
  readonly redactor?: Redactor;
  /** Is given each finished line as JSON, whatever the format. */
  readonly ring?: Pick<LogRing, "add">;
  /** As the ring; told here of trouble with it. */
  readonly file?: LogFile;
  /** Counts what is written, and what could not be. */
  readonly metrics?: Pick<Metrics, "logLines" | "logDropped">;
  /** What journald says of itself in the environment (`JOURNAL_STREAM`), if anything. */
  readonly journalStream?: string | undefined;
  /** Where lines go; standard output, unless a test wants to read them. */
  readonly destination?: LineStream & { isTTY?: boolean };
  readonly clock?: Clock;
}

/** The log of the whole process: one JSON line an event, on standard output. */
export async function createLogger(options: LoggerOptions): Promise<Logger> {
  const { level, format, redactor = createRedactor(), metrics, file, clock } = options;
  const onDropped = (): void => metrics?.logDropped.inc({ destination: "output" });
  const { destination = lineStream({ clock, onDropped }) } = options;
  const { isTTY = false } = options.destination ?? process.stdout;
  const readable = format === "pretty" || (format === "auto" && isTTY);
  const written = readable
    ? await prettyLines(destination, isTTY)
    : await journalLines(destination, options.journalStream);
  const guard = createLineGuard({
    clock,
    onLine: (at) => metrics?.logLines.inc({ level: at }),
    onUrgent: written.hasten,
  });
  const logger = pino(
    {
      level,
      base: null,
      timestamp: timeField(),
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: describeError },
      hooks: {
        logMethod: guard.logMethod,
        // Redacted before it is shortened: half a secret would not be known again.
        streamWrite: (line) => harmless(shortenLine(redactor.redact(line), LONGEST_LINE)),
      },
    },
    inAll(written, { ring: options.ring, file, before: guard.settle }),
  );
  guard.writesTo(logger);
  file?.tellsBy(logger);
  return logger;
}

/** Who reads the log on a terminal must not be steered by a plugin's words, or by a name that a caller made up. */
function harmless(line: string): string {
  if (!line.includes("\u007f") && Buffer.byteLength(line) === line.length) return line;
  const safe = escapeSteering(line);
  // Two bytes or three have become six.
  return safe.length <= LONGEST_LINE ? safe : escapeSteering(shortenLine(line, LONGEST_LINE / 3));
}

interface FurtherPlaces {
  readonly ring: Pick<LogRing, "add"> | undefined;
  readonly file: LogFile | undefined;
  /** Writes what is still to be written before all is flushed. */
  before(): void;
}

function inAll(output: LineStream, { ring, file, before }: FurtherPlaces): LineStream {
  return {
    write(line) {
      ring?.add(line);
      file?.write(line);
      output.write(line);
    },
    flush(done) {
      before();
      const put = new Promise<void>((resolve) =>
        output.flush === undefined ? resolve() : output.flush(resolve),
      );
      void Promise.all([put, file?.flush()]).then(() => done());
    },
  };
}

/** Loaded only where a person reads: a device has no use for it. */
async function prettyLines(destination: LineStream, isTTY: boolean): Promise<LineStream> {
  const { default: pinoPretty } = await import("pino-pretty");
  const { isColorSupported, prettyFactory } = pinoPretty;
  const pretty = prettyFactory({ translateTime: "SYS:HH:MM:ss.l", colorize: isTTY && isColorSupported });
  // pino-pretty takes away what JSON escapes.
  return { ...destination, write: (line) => destination.write(indented(escapeSteering(pretty(line)))) };
}

/** Only hubhand begins a line at the left edge, whatever a plugin puts into its own. */
const indented = (text: string): string => text.replaceAll(/\n(?! {4}|$)/g, "\n    ");

/** Loaded only where journald reads. */
async function journalLines(destination: LineStream, stream: string | undefined): Promise<LineStream> {
  if (stream === undefined) return destination;
  const { isJournal, withPriorities } = await import("./journal.ts");
  return isJournal(stream, STANDARD_OUTPUT) ? withPriorities(destination) : destination;
}

/** Resolves when the log is written as far as it goes, within a second: a reader that stalls must not keep us. */
export async function flushLog(logger: Pick<Logger, "flush">, clock: Clock = systemClock): Promise<void> {
  await waitAtMost(new Promise<void>((resolve) => logger.flush(() => resolve())), FLUSH_LIMIT_MS, clock);
}

/** What an error says at most: megabytes would hold up everybody else. */
const LONGEST_TEXT = 16_384;

const shortened = (text: unknown): unknown => (typeof text === "string" ? cut(text, LONGEST_TEXT) : text);

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
