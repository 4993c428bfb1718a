/**
 * How large a pattern may be once it is compiled: each letter of a line is held against that much of it at worst. With
 * the limit below, one line takes 10 ms on a fast machine then, and nothing else is done meanwhile.
 */
const MOST_STEPS = 500;

/** How much of a line a pattern is held against; nobody searches for what stands further behind. */
const MOST_CHARACTERS = 2_048;

/** Whether a line of the log is meant. */
export type LinePattern = (line: string) => boolean;

/**
 * Reads a regular expression that whoever calls may write. RE2's kind takes a time that grows with the text and no
 * faster, where JavaScript's own can take years: it has no look-around and no back-references.
 * @throws Error saying what is wrong with it
 */
export async function compilePattern(pattern: string): Promise<LinePattern> {
  const { RE2JS } = await import("re2js"); // Rarely asked for, and not small.
  const compiled = RE2JS.compile(pattern);
  if (compiled.programSize() > MOST_STEPS) throw new Error("it repeats too much");
  return (line) => compiled.matcher(line.slice(0, MOST_CHARACTERS)).find();
}
