import { createTogether } from "./together.ts";

/**
 * All that the hub keeps, beside its certificate authority, in tables of documents. Each part of the hub reads its table
 * at the start, holds its documents itself, and puts here what changed: before it tells anybody of the change.
 */
export interface Store {
  /** The table of this name, empty if nothing was kept in it. Each part has its own. */
  table<Document>(name: string): Table<Document>;
  /** What is put and removed within `work` is kept whole or not at all, and is on disk once this returns. */
  together<Result>(work: () => Result): Result;
  /** Within `together`: called if what is done there is not kept after all, be it that the disk is full. Outside: never. */
  onUndone(undo: () => void): void;
  /** Nothing may be put after it. */
  close(): void;
}

/** Documents by their key; each is JSON. */
export interface Table<Document> {
  /** What was kept when the hub started, in the order in which it was first put. */
  kept(): Array<readonly [key: string, document: Document]>;
  /** Safe from `kill -9` once it returns. A change of a document leaves its place in the order. */
  put(key: string, document: Document): void;
  /** Of one that is not there: nothing. */
  remove(key: string): void;
}

/** A store that forgets everything when the process ends: its tables were always empty. */
export function memoryStore(): Store {
  return {
    table: () => ({ kept: () => [], put() {}, remove() {} }),
    ...createTogether({ begin() {}, commit() {}, rollback() {} }),
    close() {},
  };
}
