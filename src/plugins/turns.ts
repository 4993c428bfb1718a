/** What is done with each of several things, one after the other. */
export interface Turns<T> {
  /** Does the work when what came before it with that one has ended; fails as the work does. */
  alone<R>(one: T, work: () => Promise<R>): Promise<R>;
}

export function createTurns<T extends object>(): Turns<T> {
  const last = new WeakMap<T, Promise<unknown>>();
  return {
    alone(one, work) {
      const turn = (last.get(one) ?? Promise.resolve()).then(work);
      last.set(
        one,
        turn.catch(() => {}),
      );
      return turn;
    },
  };
}
