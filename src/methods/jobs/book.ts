import type { Clock } from "../../clock.ts";
import { type JobRecord, type JobState, type JobSummary, summaryOf } from "./record.ts";

export interface JobBookOptions {
  /** How many that have ended are remembered. */
  readonly kept: number;
  /** How long, in milliseconds. */
  readonly keptFor: number;
  readonly clock: Clock;
  /** One is forgotten. */
  onForgotten(id: string): void;
}

/** Which jobs are asked for; without a field, all. */
export interface JobQuery {
  readonly state?: JobState;
  readonly method?: string;
  readonly plugin?: string;
}

/** A job that has ended. */
export interface EndedJob {
  readonly summary: JobSummary;
  /** The whole of one that could not be put on disk; the others' results are too large to be remembered here. */
  readonly whole?: JobRecord;
}

/** The jobs that have ended and are still told, oldest first. */
export interface JobBook {
  add(record: JobRecord, isOnDisk: boolean): void;
  /** Jobs of an earlier run: they are older than those that are here. */
  addEarlier(records: readonly JobRecord[]): void;
  find(id: string): EndedJob | undefined;
  list(): readonly JobSummary[];
}

interface Entry extends EndedJob {
  /** On the clock that never jumps: a device learns the date after its start, and nothing must grow old by that. */
  readonly forgetAt: number;
}

export function createJobBook({ kept, keptFor, clock, onForgotten }: JobBookOptions): JobBook {
  let entries: readonly Entry[] = [];

  /** As nothing is told without being looked for here, there is no need for a timer. */
  function current(): readonly Entry[] {
    const now = clock.now();
    const young = entries.filter(({ forgetAt }) => forgetAt > now);
    const staying = young.slice(Math.max(0, young.length - kept));
    if (staying.length === entries.length) return entries;
    const stays = new Set(staying);
    const leaving = entries.filter((entry) => !stays.has(entry));
    entries = staying;
    for (const { summary } of leaving) onForgotten(summary.id);
    return entries;
  }

  /** A clock that is behind the file's time makes it look like one of the future; then it has all its time left. */
  function ageOf({ endedAt = "" }: JobRecord): number {
    return Math.max(0, clock.wallClock() - Date.parse(endedAt));
  }

  return {
    add(record, isOnDisk) {
      const whole = isOnDisk ? {} : { whole: record };
      entries = [...entries, { summary: summaryOf(record), ...whole, forgetAt: clock.now() + keptFor }];
      current();
    },
    addEarlier(records) {
      const byAge = records.toSorted((a, b) => (a.createdAt < b.createdAt ? -1 : 1));
      const earlier = byAge.map((record) => ({
        summary: summaryOf(record),
        forgetAt: clock.now() + keptFor - ageOf(record),
      }));
      entries = [...earlier, ...entries];
      current();
    },
    find: (id) => current().find(({ summary }) => summary.id === id),
    list: () => current().map(({ summary }) => summary),
  };
}
