/** Where readers begin: each priority, and the fresh part of it. Marks move, and leave theirs behind. */
const MOST = 16;

/**
 * From where on rows need not be read again, as each of them is handed out or gone: from each place where somebody begins
 * to read, up to which row. It saves time, and nothing else.
 */
export interface Passed {
  /** Whoever begins to read behind this key may begin behind that one. */
  from(start: number): number;
  reach(start: number, key: number): void;
  /** This row waits again. */
  isBack(key: number): void;
  forget(): void;
}

export function createPassed(): Passed {
  const fronts = new Map<number, number>();
  return {
    from: (start) => fronts.get(start) ?? start,
    reach(start, key) {
      if (fronts.size >= MOST && !fronts.has(start)) fronts.clear();
      fronts.set(start, key);
    },
    isBack(key) {
      for (const [start, front] of fronts) {
        if (start < key && key <= front) fronts.set(start, key - 1);
      }
    },
    forget: () => fronts.clear(),
  };
}
