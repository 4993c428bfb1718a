import { pino } from "pino";
import { type Clock, systemClock } from "../../clock.ts";
import { cut } from "../../cut.ts";
import { type Logger, OF_AUTHOR } from "../../events/logger.ts";
import { createFloodGate } from "./flood.ts";

const { warn: WARN, fatal: FATAL } = pino.levels.values as { readonly warn: number; readonly fatal: number };
const { chindingsSym } = pino.symbols;

/** A pino logger, as its hooks see it. */
type Written = Readonly<Record<symbol, unknown>>;

type LogMethod = NonNullable<NonNullable<Parameters<typeof pino>[0]>["hooks"]>["logMethod"] & {};

export interface LineGuard {
  /** pino's hook of that name: what comes before a line is made. */
  readonly logMethod: LogMethod;
  /** Where it tells what it left out. */
  writesTo(logger: Logger): void;
  /** Tells that now. */
  settle(): void;
}

export interface LineGuardOptions {
  readonly clock?: Clock | undefined;
  onLine?(level: string): void;
  /** After a line that should not wait: a warning and what is worse, and whatever a plugin writes. */
  readonly onUrgent?: (() => void) | undefined;
}

/**
 * Stands before every line: bounds floods of warnings and errors, and of what plugins write; counts; and sees to it
 * that fields which throw when they are read cost their line, never whoever logs. Lines at info of hubhand's own are
 * all written: each call's answer is one.
 */
export function createLineGuard({ clock = systemClock, onLine, onUrgent }: LineGuardOptions): LineGuard {
  let logger: Logger | undefined;
  const gate = createFloodGate({
    clock,
    tell: ({ lines, ...leftOut }) => {
      logger?.warn(
        { event: "log.suppressed", lines, ...leftOut },
        `${lines} lines like those before were left out`,
      );
    },
  });

  function passes(
    of: Written,
    fields: { readonly event?: unknown; readonly plugin?: unknown } | undefined,
    level: number,
  ): boolean {
    const isAuthors = of[OF_AUTHOR] === true;
    if (level >= FATAL && !isAuthors) return true;
    const bindings = String(of[chindingsSym] ?? "");
    const event = typeof fields?.event === "string" ? fields.event : undefined;
    if (!isAuthors && event === "log.suppressed") return true;
    const author = isAuthors ? (pluginIn(bindings) ?? "") : undefined;
    // With its level: callers who ask for nonsense must not hide what fails.
    const scope = isAuthors ? "" : `${level} ${scopeOf(bindings, fields)}`;
    return gate.passes({ event, scope, author });
  }

  return {
    logMethod(args, method, level) {
      const of = this as unknown as Written;
      const isBounded = level >= WARN || of[OF_AUTHOR] === true;
      try {
        if (isBounded && !passes(of, fieldsIn(args), level)) return;
        method.apply(this, args);
      } catch (error) {
        // Whatever was given throws when it is read, or when it is made a text.
        const text = (args as readonly unknown[]).find((given) => typeof given === "string");
        method.call(this, { fields: `cannot be written: ${reasonOf(error)}` }, `${text ?? ""}`);
      }
      onLine?.(pino.levels.labels[level] ?? "");
      if (isBounded) onUrgent?.();
    },
    writesTo(given) {
      logger = given;
    },
    settle: gate.settle,
  };
}

function fieldsIn([first]: readonly unknown[]): object | undefined {
  return typeof first === "object" && first !== null ? first : undefined;
}

/** A logger's own fields are JSON, with a comma before each. */
function pluginIn(bindings: string): string | undefined {
  const mark = ',"plugin":"';
  const begin = bindings.indexOf(mark);
  if (begin < 0) return undefined;
  const from = begin + mark.length;
  return bindings.slice(from, bindings.indexOf('"', from));
}

/**
 * Whose line it is, of those that are few: plugins, their methods and tasks. A method of no plugin is what a caller
 * made up; request and message ids come without end.
 */
function scopeOf(bindings: string, fields: { readonly plugin?: unknown } | undefined): string {
  const plugin = fields?.plugin;
  if (typeof plugin === "string") return plugin;
  if (!bindings.includes(',"plugin":') && !bindings.includes(',"task":')) return "";
  const ends = [',"requestId":', ',"messageId":', ',"jobId":'].map((mark) => bindings.indexOf(mark));
  return bindings.slice(0, Math.min(...ends.map((end) => (end < 0 ? bindings.length : end))));
}

function reasonOf(error: unknown): string {
  try {
    return cut(String(error), 300);
  } catch {
    return "they throw";
  }
}
