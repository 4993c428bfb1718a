type Sqlite = typeof import("node:sqlite");

/**
 * Node's SQLite, loaded when it is first needed: who keeps nothing on disk does not pay for it. Node warns that it is
 * experimental, in versions up to 24 (its documentation, "Stability"); hubhand knows, and its users need not.
 */
export function loadSqlite(): Sqlite {
  return withoutExperimentalWarning(() => process.getBuiltinModule("node:sqlite"));
}

/** What warns while `load` runs warns as ever, but for that a part of Node is experimental. */
export function withoutExperimentalWarning<Result>(load: () => Result): Result {
  const { emitWarning } = process;
  const others = (...args: unknown[]): void => {
    if (args[1] !== "ExperimentalWarning") Reflect.apply(emitWarning, process, args);
  };
  process.emitWarning = others as typeof process.emitWarning;
  try {
    return load();
  } finally {
    process.emitWarning = emitWarning;
  }
}
