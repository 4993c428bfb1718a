import { writeFileSync } from "node:fs";
import path from "node:path";
import type { OutputFile } from "esbuild";
import { minifySync } from "rolldown/utils";
import { withShortLines } from "./short-lines.ts";

/** What a stack trace shows: of a function also that it was given with `const name = () => …`. */
const NAMES_THAT_STAY = { function: true, class: true };

/**
 * Writes scripts with short names for variables and parameters: a fifth of the text that a device reads, and keeps as long as it
 * runs. Functions, classes and properties keep theirs, and lines stay short, so that a stack trace can be read.
 * @returns what was written, by file, in bytes
 */
export function writeWithShortNames(files: readonly OutputFile[]): Map<string, number> {
  const textOf = new Map(files.map(({ path: at, text }) => [at, text]));
  const written = new Map<string, number>();
  const write = (at: string, text: string): void => {
    writeFileSync(at, text);
    written.set(at, Buffer.byteLength(text));
  };
  for (const [at, text] of textOf) {
    if (!at.endsWith(".cjs")) continue;
    const name = path.basename(at);
    const { code, map, errors } = minifySync(name, text, {
      mangle: { keepNames: NAMES_THAT_STAY },
      compress: false,
      sourcemap: true,
      inputMap: JSON.parse(textOf.get(`${at}.map`) ?? "null"),
    });
    if (errors[0] !== undefined || map === undefined) throw new Error(`${at}: ${errors[0]?.message}`);
    const lines = withShortLines(name, { code, mappings: map.mappings });
    write(at, `${inAscii(lines.code)}\n//# sourceMappingURL=${name}.map\n`);
    const { sourcesContent: _, ...kept } = map;
    write(`${at}.map`, JSON.stringify({ ...kept, mappings: lines.mappings }));
  }
  return written;
}

/** `src/agent-file.ts` reads no other, as V8 then needs a byte for a character. */
const inAscii = (code: string): string =>
  code.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
