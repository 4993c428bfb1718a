import type { LevelWithSilent } from "pino";
import type { LogLevel } from "../observe/log/log-level.ts";
import { LOG_LEVELS } from "../rules/log-levels.ts";
import { type RootProperty, Unfit } from "./root.ts";

/** How much is logged; a level that `hubhand.logLevel` sets for a while goes over it until its time is over. */
export function logLevelProperty(logLevel: Pick<LogLevel, "configure" | "status">): RootProperty {
  return {
    async apply(value) {
      if (value !== undefined && !(LOG_LEVELS as readonly unknown[]).includes(value))
        throw new Unfit(`expected one of ${LOG_LEVELS.join(", ")}`);
      logLevel.configure(value as LevelWithSilent | undefined);
      return undefined;
    },
    current: () => logLevel.status().configured,
  };
}
