import { access, constants, open } from "node:fs/promises";
import path from "node:path";
import { AT_ONCE } from "../../files/regular-file.ts";
import { invalidPlugin } from "../check-outline.ts";

/** What the kernel reads of a first line (Linux, fs/binfmt_script.c). */
const LONGEST_LINE = 256;
/** `#!interpreter argument`; the argument is one, whatever it holds (execve(2)). */
const FIRST_LINE = /^#!\s*(\S+)(?:[ \t]+(.*))?$/;
/** `env name`, `env -S name …`: what looks the name up in PATH. Other options, and variables, are its own business. */
const NAME_FOR_ENV = /^(?:-S\s*)?([^\s=-][^\s=]*)(?:\s|$)/;

/**
 * Sees that the program which a script's first line names is there: otherwise every call of it would fail, with an error
 * that speaks of the script. What is no script, or cannot be read, passes.
 * @param searchPath PATH, as the script will have it
 * @throws HubhandError PLUGIN_INVALID
 */
export async function checkInterpreter(program: string, searchPath: string): Promise<void> {
  const line = await firstLine(program);
  if (line === undefined) return;
  if (line.endsWith("\r"))
    throw invalidPlugin(
      `the lines of ${program} end as on Windows (CR LF), so that its first line names no program. Mend it with: sed -i 's/\\r$//' ${program}`,
    );
  const [, interpreter = "", argument = ""] = FIRST_LINE.exec(line) ?? [];
  if (!path.isAbsolute(interpreter)) return;
  if (!(await mayRun(interpreter)))
    throw invalidPlugin(
      `the first line of ${program} names ${interpreter}, which is not there, or may not be run: install it, or write the right one (in a container it must be in the image)`,
    );
  const name = path.basename(interpreter) === "env" ? NAME_FOR_ENV.exec(argument)?.[1] : undefined;
  if (name === undefined || name.includes("/")) return;
  const places = searchPath.split(path.delimiter).filter((folder) => folder !== "");
  const found = await Promise.all(places.map((folder) => mayRun(path.join(folder, name))));
  if (!found.includes(true))
    throw invalidPlugin(
      `the first line of ${program} names "${name}", which is not in PATH (${searchPath}): install it, or write the right one (in a container it must be in the image)`,
    );
}

async function firstLine(file: string): Promise<string | undefined> {
  const handle = await open(file, AT_ONCE).catch(() => undefined);
  if (handle === undefined) return undefined;
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(LONGEST_LINE), 0, LONGEST_LINE, 0);
    const [line = ""] = buffer.toString("utf8", 0, bytesRead).split("\n");
    return line.startsWith("#!") ? line : undefined;
  } catch {
    return undefined;
  } finally {
    await handle.close();
  }
}

const mayRun = (file: string): Promise<boolean> =>
  access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
