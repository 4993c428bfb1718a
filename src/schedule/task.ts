import type { AuthorLogger } from "../events/logger.ts";
import type { CatchUp, Overlap } from "../rules/task-rules.ts";

/** When something is due: by the calendar, or again and again after so many milliseconds. */
export type Timing =
  | { readonly kind: "cron"; readonly cron: string; readonly timezone: string | undefined }
  | { readonly kind: "every"; readonly every: number };

/** What a run gets. */
export interface RunContext {
  readonly signal: AbortSignal;
  readonly logger: AuthorLogger;
}

/** Something that is done on time. Of `cron` and `every` it has one. Durations in milliseconds. */
export interface Task {
  readonly name: string;
  /** Whose it is; undefined for one of the device's own. */
  readonly plugin: string | undefined;
  readonly description?: string | undefined;
  readonly cron?: string | undefined;
  readonly every?: number | undefined;
  /** IANA name; undefined for the schedule's default. */
  readonly timezone?: string | undefined;
  /** While the last run goes on: leave this one out, do both, or let one wait. */
  readonly overlap: Overlap;
  readonly timeout: number;
  /** Each run waits a random part of this. */
  readonly jitter?: number | undefined;
  /** Whether it runs once when it is added. */
  readonly runAtStart?: boolean | undefined;
  /** Whether runs that were missed are made up for by one, or not. */
  readonly catchUp?: CatchUp | undefined;
  /** False: it does not run by itself. */
  readonly enabled?: boolean | undefined;
  run(context: RunContext): unknown;
}

/** What it is called in logs, metrics and overrides: `plugin/task`, or its name alone. */
export const labelOf = ({ plugin, name }: Pick<Task, "plugin" | "name">): string =>
  plugin === undefined ? name : `${plugin}/${name}`;

/** When a task is due, the schedule's time zone filled in. */
export function timingOf(task: Task, timezone: string | undefined): Timing {
  if (task.every !== undefined) return { kind: "every", every: task.every };
  return { kind: "cron", cron: task.cron ?? "", timezone: task.timezone ?? timezone };
}

/** What tells whether a task is due at the same times as before; it stands on disk. */
export const timingKey = (timing: Timing): string =>
  timing.kind === "every" ? `every ${timing.every}` : `${timing.cron} ${timing.timezone ?? ""}`.trim();
