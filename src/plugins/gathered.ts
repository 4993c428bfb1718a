/**
 * Makes one look at files of all that are asked for before it begins: one that is written again and again is not loaded as
 * often.
 * @param look waits for its turn; that it begins is when it asks which files
 */
export function gathered(
  look: (files: () => readonly string[]) => Promise<void>,
): (files: readonly string[]) => Promise<void> {
  let waiting: { readonly files: Set<string>; readonly done: Promise<void> } | undefined;
  return (changed) => {
    const files = waiting?.files ?? new Set<string>();
    for (const file of changed) files.add(file);
    waiting ??= {
      files,
      done: look(() => {
        waiting = undefined;
        return [...files];
      }),
    };
    return waiting.done;
  };
}
