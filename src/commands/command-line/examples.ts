/**
 * The examples of a verb, for `addHelpText("after", …)`: a command line and what it does, one below the other.
 *
 * @param rows each a command line as one types it, and its meaning, in small letters and without a full stop
 */
export function examples(rows: readonly (readonly [commandLine: string, meaning: string])[]): string {
  const width = Math.max(...rows.map(([commandLine]) => commandLine.length));
  const lines = rows.map(([commandLine, meaning]) => `  ${commandLine.padEnd(width)}  ${meaning}`.trimEnd());
  return `\nExamples:\n${lines.join("\n")}`;
}
