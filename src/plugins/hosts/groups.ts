import { createEscapedHunt, type EndEscaped, killEscapedNow } from "./child/escaped.ts";

/** The process groups that plugins run in, all of one agent: whoever ends the agent must not leave them behind. */
export interface ProcessGroups {
  /**
   * @param leader the process that the group is named after
   * @param mark what those that left the group still carry
   */
  add(leader: number, mark: string): void;
  /** Its leader has ended, and the rest was killed, also what had left it. */
  remove(leader: number): void;
  /** Ends what has left its group, by the mark that it carries. */
  readonly endEscaped: EndEscaped;
  /** Ends all there are, by force and at once. */
  killAll(): void;
  /**
   * Resolves when another may be started. To start one takes milliseconds of the agent's thread, so that others have
   * their turn in between, however many are wanted at once.
   */
  turn(): Promise<void>;
}

export function createProcessGroups(): ProcessGroups {
  const marks = new Map<number, string>();
  let last: Promise<void> = Promise.resolve();
  return {
    add: (leader, mark) => void marks.set(leader, mark),
    remove: (leader) => void marks.delete(leader),
    endEscaped: createEscapedHunt(),
    killAll() {
      for (const leader of marks.keys()) signalGroup(leader, "SIGKILL");
      if (marks.size > 0) killEscapedNow([...marks.values()]);
    },
    turn() {
      const turn = last;
      last = turn.then(() => new Promise((resolve) => setImmediate(resolve)));
      return turn;
    },
  };
}

/** Sends a signal to a whole group; false if there is nobody left in it. */
export function signalGroup(leader: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-leader, signal);
    return true;
  } catch {
    return false;
  }
}
