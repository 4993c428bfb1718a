import type { Clock } from "../../clock.ts";
import { SECOND } from "../../durations.ts";

/** How many lines of one kind are written within a time; what is more is counted. */
interface Budget {
  readonly lines: number;
  readonly within: number;
}

/** The same warning or error of the same method, task or plugin: who has read twenty learns nothing of the next. */
const OF_EVENT: Budget = { lines: 20, within: 10 * SECOND };
/** What a plugin writes itself: 200 a second, and 1,000 at once. */
const OF_PLUGIN: Budget = { lines: 1_000, within: 5 * SECOND };

/** When what was left out is told. */
const TOLD_AFTER = 10 * SECOND;
/** Events and plugins are few; what an author or a caller makes up must not grow for ever. */
const MOST_KINDS = 1_000;

/** A line that asks to be written. */
export interface FloodLine {
  readonly event: string | undefined;
  /** Of what: the method, task or plugin. */
  readonly scope: string;
  /** Whose own line it is, if it is a plugin's. */
  readonly author: string | undefined;
}

/** What was left out since it was told last. */
export interface LeftOut {
  readonly lines: number;
  /** How many of each event, of hubhand's own lines. */
  readonly events: Readonly<Record<string, number>>;
  /** How many of each plugin's own lines. */
  readonly plugins: Readonly<Record<string, number>>;
}

export interface FloodGate {
  /** Whether a line may be written; one that may not is counted. */
  passes(line: FloodLine): boolean;
  /** Tells what was left out now, if anything was. */
  settle(): void;
}

/** Lets so many lines of a kind through, and sums up the others in one line every ten seconds. */
export function createFloodGate({
  clock,
  tell,
}: {
  readonly clock: Clock;
  tell(leftOut: LeftOut): void;
}): FloodGate {
  let kinds = new Map<string, { since: number; lines: number }>();
  const events = new Map<string, number>();
  const plugins = new Map<string, number>();
  let cancel: (() => void) | undefined;

  function kindOf(key: string, now: number, { within }: Budget) {
    let kind = kinds.get(key);
    if (kind === undefined) {
      if (kinds.size >= MOST_KINDS)
        kinds = new Map([...kinds].filter(([, { since }]) => now - since < within));
      if (kinds.size >= MOST_KINDS) kinds.clear();
      kind = { since: now, lines: 0 };
      kinds.set(key, kind);
    } else if (now - kind.since >= within) {
      kind.since = now;
      kind.lines = 0;
    }
    return kind;
  }

  function leaveOut({ event = "none", author }: FloodLine): void {
    const [tally, name] = author === undefined ? [events, event] : [plugins, author];
    tally.set(name, (tally.get(name) ?? 0) + 1);
    cancel ??= clock.setTimer(TOLD_AFTER, settle);
  }

  function settle(): void {
    cancel?.();
    cancel = undefined;
    const leftOut = { events: Object.fromEntries(events), plugins: Object.fromEntries(plugins) };
    const lines = [...events.values(), ...plugins.values()].reduce((sum, count) => sum + count, 0);
    events.clear();
    plugins.clear();
    if (lines > 0) tell({ lines, ...leftOut });
  }

  return {
    passes(line) {
      const budget = line.author === undefined ? OF_EVENT : OF_PLUGIN;
      const key = line.author === undefined ? `${line.event} ${line.scope}` : line.author;
      const kind = kindOf(key, clock.now(), budget);
      kind.lines += 1;
      if (kind.lines <= budget.lines) return true;
      leaveOut(line);
      return false;
    },
    settle,
  };
}
