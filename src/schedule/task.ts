import type { Logger } from "pino";

/** Something that is done on time. */
export interface Task {
  readonly name: string;
  readonly plugin: string;
  readonly cron: string;
  /** IANA name; undefined for the schedule's default. */
  readonly timezone: string | undefined;
  readonly overlap: "skip" | "allow";
  /** Milliseconds. */
  readonly timeout: number;
  run(context: { signal: AbortSignal; logger: Logger }): unknown;
}
