import { chmod } from "node:fs/promises";
import path from "node:path";
import { writeFiles } from "../../plugins/load.ts";
import type { CleanUp } from "../../support/clean-up.ts";

/** Puts scripts before all other programs; returns the PATH with them. */
export async function programsFirst(
  cleanUp: CleanUp,
  programs: Readonly<Record<string, string>>,
): Promise<string> {
  const folder = await cleanUp.folder();
  await writeFiles(folder, programs);
  for (const name of Object.keys(programs)) await chmod(path.join(folder, name), 0o755);
  return [folder, process.env.PATH].join(path.delimiter);
}
