import { cp } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { openPluginFolder, type PluginFolder } from "../../plugins/folder.ts";
import type { CleanUp } from "../../support/clean-up.ts";

const EXAMPLES = fileURLToPath(new URL("../../../examples/plugins", import.meta.url));

export interface OpenExampleOptions {
  readonly settings?: Record<string, unknown>;
  readonly env?: Record<string, string>;
}

/** Loads a copy of an example in a folder of its own: it must run where a user puts it. */
export function openExample(
  cleanUp: CleanUp,
  name: string,
  { settings = {}, env = {} }: OpenExampleOptions = {},
): Promise<PluginFolder> {
  return openPluginFolder(
    cleanUp,
    {},
    {
      settings: { [name]: settings },
      env,
      prepare: (directory) => cp(path.join(EXAMPLES, name), path.join(directory, name), { recursive: true }),
    },
  );
}
