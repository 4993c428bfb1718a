import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Contender } from "./contender.ts";

export interface OtherPlugins {
  readonly name: string;
  /** The plugins folder: text by file name. */
  readonly files: Readonly<Record<string, string>>;
  /** Settings that are not at their defaults. */
  readonly env?: Readonly<Record<string, string>>;
}

/** hubhand as it is, with other plugins. */
export const withPlugins = (hubhand: Contender, { name, files, env = {} }: OtherPlugins): Contender => ({
  ...hubhand,
  name,
  command(ground) {
    const command = hubhand.command(ground);
    const folder = path.join(ground.folder, "plugins");
    mkdirSync(folder);
    for (const [file, text] of Object.entries(files)) writeFileSync(path.join(folder, file), text);
    return { ...command, env: { ...command.env, ...env, HUBHAND_PLUGINS_DIRECTORY: folder } };
  },
});
