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
