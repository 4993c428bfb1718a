import { access, constants, stat } from "node:fs/promises";
import path from "node:path";
import { invalidPlugin } from "../check-outline.ts";
import { isProgram } from "../finding/program.ts";

/**
 * Where a declared program is: a name with a slash starts at the declaration's folder, any other is looked for in PATH.
 * @throws HubhandError PLUGIN_INVALID if it is not there, or cannot be run
 */
export async function findProgram(
  program: string,
  { directory, searchPath }: { directory: string; searchPath: string },
): Promise<string> {
  if (program.includes("/")) {
    const file = path.resolve(directory, program);
    const found = await stat(file).catch(() => undefined);
    if (found === undefined) throw invalidPlugin(`command: there is no file ${file}`);
    if (!found.isFile()) throw invalidPlugin(`command: ${file} is not a file`);
    if (!(await isExecutable(file)))
      throw invalidPlugin(`command: ${file} is not executable. Make it so: chmod +x ${file}`);
    // The system would take it for a script of the shell.
    if ((await isProgram(file, found)) !== "yes")
      throw invalidPlugin(`command: ${file} is no program; a script needs a first line such as #!/bin/sh`);
    return file;
  }
  for (const folder of searchPath.split(path.delimiter)) {
    if (!path.isAbsolute(folder)) continue;
    const file = path.join(folder, program);
    if ((await stat(file).catch(() => undefined))?.isFile() && (await isExecutable(file))) return file;
  }
  const beside = await stat(path.join(directory, program)).catch(() => undefined);
  const advice =
    beside === undefined
      ? "Install it, or write its path"
      : `A file of this name lies beside the declaration: write ./${program}`;
  throw invalidPlugin(`command: there is no program "${program}" in PATH (${searchPath}). ${advice}`);
}

const isExecutable = (file: string): Promise<boolean> =>
  access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
