import { readRegularFile } from "../files/regular-file.ts";
import { KIBIBYTE } from "../sizes.ts";

/** Larger is no module that a person wrote, or one with all that it stands on. */
const MOST_BYTES = 64 * KIBIBYTE;
/** A line that begins with it, or has it behind a brace or a comma, and is no comment. */
const SAID =
  /^(?![ \t]*(?:\/\/|\/\*|\*))(?:[^\n]*[{,])?[ \t]*isolate:[ \t]*(false|"thread"|'thread')[ \t]*[,}\r\n]/gm;

/**
 * Where a module says that it wants to run, as its text has it: a guess, to import it there at once and nowhere else first.
 * @returns undefined if the text does not say so, once and plainly; only importing it tells then
 */
export async function placeInSource(file: string): Promise<"here" | "thread" | undefined> {
  const text = await readRegularFile(file, { maxBytes: MOST_BYTES }).catch(() => "");
  const [said, ...more] = text.matchAll(SAID);
  if (said === undefined || more.length > 0) return undefined;
  return said[1] === "false" ? "here" : "thread";
}
