/** Work that is kept whole or not at all, in the store and in memory. */
export interface Together {
  together<Result>(work: () => Result): Result;
  onUndone(undo: () => void): void;
}

/**
 * What is done within `together` that is already within it belongs to the outer one. `transaction` is the store's own, of
 * which `commit` may fail as well.
 */
export function createTogether(transaction: {
  begin: () => void;
  commit: () => void;
  rollback: () => void;
}): Together {
  let undos: Array<() => void> | undefined;
  return {
    together(work) {
      if (undos !== undefined) return work();
      transaction.begin();
      const begun: Array<() => void> = [];
      undos = begun;
      try {
        const result = work();
        transaction.commit();
        return result;
      } catch (error) {
        transaction.rollback();
        // The last first, as each undoes what it found.
        for (const undo of begun.reverse()) undo();
        throw error;
      } finally {
        undos = undefined;
      }
    },
    onUndone: (undo) => void undos?.push(undo),
  };
}
