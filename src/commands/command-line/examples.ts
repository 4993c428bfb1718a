/** What a terminal has room for at least. */
export const LINE_WIDTH = 80;

/**
 * The examples of a verb, for `addHelpText("after", …)`: a command line and beside it what it does, or below it where that
 * would be too wide.
 *
 * @param rows each a command line as one types it, and its meaning, in small letters and without a full stop
 */
export function examples(rows: readonly (readonly [commandLine: string, meaning: string])[]): string {
  const width = Math.max(...rows.map(([commandLine]) => commandLine.length));
  const beside = rows.map(([commandLine, meaning]) => `  ${commandLine.padEnd(width)}  ${meaning}`.trimEnd());
  const fit = beside.every(({ length }) => length <= LINE_WIDTH);
  const lines = fit ? beside : rows.map(([commandLine, meaning]) => `  ${commandLine}\n      ${meaning}`);
  return `\nExamples:\n${lines.join("\n")}`;
}
