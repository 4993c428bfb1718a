import type { LevelWithSilent } from "pino";
import type { LogLevel } from "../observe/log-level.ts";
import { type RootProperty, Unfit } from "./root.ts";

/** As `log.level` of the configuration. */
export const LEVELS: readonly unknown[] = ["trace", "debug", "info", "warn", "error", "fatal", "silent"];

/** How much is logged; a level that `hubhand.logLevel` sets for a while goes over it until its time is over. */
export function logLevelProperty(logLevel: Pick<LogLevel, "configure" | "status">): RootProperty {
  return {
    async apply(value) {
      if (value !== undefined && !LEVELS.includes(value))
        throw new Unfit(`expected one of ${LEVELS.join(", ")}`);
      logLevel.configure(value as LevelWithSilent | undefined);
      return undefined;
    },
    current: () => logLevel.status().configured,
  };
}
