/** The process groups that plugins run in, all of one agent: whoever ends the agent must not leave them behind. */
export interface ProcessGroups {
  /** @param leader the process that the group is named after */
  add(leader: number): void;
  /** Its leader has ended, and the rest was killed. */
  remove(leader: number): void;
  /** Ends all there are, by force and at once. */
  killAll(): void;
}

export function createProcessGroups(): ProcessGroups {
  const leaders = new Set<number>();
  return {
    add: (leader) => leaders.add(leader),
    remove: (leader) => leaders.delete(leader),
    killAll() {
      for (const leader of leaders) signalGroup(leader, "SIGKILL");
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
