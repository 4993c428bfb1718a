import type { Level, LevelWithSilent } from "pino";
import { type Clock, systemClock } from "../../clock.ts";
import type { Logger } from "../../events/logger.ts";

/** How much is logged now. */
export interface LogLevelStatus {
  readonly level: string;
  /** What it returns to: what the device twin desires, else what the configuration says. */
  readonly configured: string;
  /** When it returns, in ISO 8601; absent if it has. */
  readonly until?: string;
}

export interface LogLevel {
  status(): LogLevelStatus;
  /** Changes it for so many milliseconds; a later change takes the place of an earlier one. */
  set(level: Level, milliseconds: number): LogLevelStatus;
  /** Back to what it returns to, now. */
  reset(): LogLevelStatus;
  /** Changes what it returns to; undefined for what the configuration says. A change for a while goes on until its end. */
  configure(level: LevelWithSilent | undefined): LogLevelStatus;
}

/**
 * Changes how much a logger writes, and changes it back by itself: one that is forgotten at `trace` would wear out a
 * memory card. Loggers made of it follow, as pino's children without options look their level up at their parent
 * (pino, lib/proto.js); one that was given a level of its own keeps it.
 */
export function createLogLevel({ logger, clock = systemClock }: { logger: Logger; clock?: Clock }): LogLevel {
  const original = logger.level;
  let configured = original;
  // With a level of its own: that the level was changed is told at any level.
  const told = logger.child({}, {});
  told.level = "info";
  let until: string | undefined;
  let cancel = (): void => {};

  function status(): LogLevelStatus {
    return { level: logger.level, configured, ...(until === undefined ? {} : { until }) };
  }

  function reset(why: string): LogLevelStatus {
    cancel();
    if (until === undefined) return status();
    until = undefined;
    logger.level = configured;
    told.info(
      { event: "log.level", logLevel: configured },
      `the log is at level ${configured} again: ${why}`,
    );
    return status();
  }

  return {
    status,
    set(level, milliseconds) {
      cancel();
      until = new Date(clock.wallClock() + milliseconds).toISOString();
      cancel = clock.setTimer(milliseconds, () => reset("the time is over"));
      logger.level = level;
      told.info(
        { event: "log.level", logLevel: level, until },
        `the log is at level ${level} until ${until}`,
      );
      return status();
    },
    reset: () => reset("it was asked for"),
    configure(level = original as LevelWithSilent) {
      if (level === configured) return status();
      configured = level;
      if (until !== undefined) return status();
      logger.level = level;
      told.info({ event: "log.level", logLevel: level }, `the log is at level ${level} from now on`);
      return status();
    },
  };
}
