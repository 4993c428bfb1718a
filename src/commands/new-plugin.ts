import path from "node:path";
import { Command } from "commander";
import { KINDS, writeNewPlugin } from "../new-plugin/new-plugin.ts";

const kinds = Object.entries(KINDS)
  .map(([kind, { languages }]) => `  ${kind.padEnd(12)}${languages.join(", ")}`)
  .join("\n");

const HELP = `
Kinds, and the languages that each can be begun in:
${kinds}

Examples:
  hubhand new-plugin door-lock
  hubhand new-plugin soil --kind daemon --language python`;

interface NewPluginFlags {
  readonly kind: string;
  readonly language?: string;
  readonly directory: string;
}

/**
 * The verb `new-plugin`: writes a plugin that works, with its test, and says what to type next.
 *
 * Its action throws HubhandError CONFIG_INVALID (exit code 78); nothing that is there is ever changed.
 */
export function newPluginCommand(): Command {
  return new Command("new-plugin")
    .description("write a new plugin, with its test")
    .argument("<name>", 'small letters, digits and "-"')
    .option("--kind <kind>", "module, executable, daemon or http", "module")
    .option("--language <language>", "what it is written in; each kind has one of its own")
    .option("--directory <folder>", "the plugins folder", "plugins")
    .addHelpText("after", HELP)
    .action(async (name: string, { kind, language, directory }: NewPluginFlags) => {
      const files = await writeNewPlugin({ name, kind, language, directory });
      process.stdout.write(told({ name, kind, files, directory }));
    });
}

function told({
  name,
  kind,
  files,
  directory,
}: {
  name: string;
  kind: string;
  files: readonly string[];
  directory: string;
}): string {
  const lines = files.map((file) => `  ${path.relative("", file)}`);
  const test = path.relative("", files.at(-1) ?? "");
  const service =
    kind === "http"
      ? [
          `  PORT=8080 ${/\.py$/.test(files[0] ?? "") ? "python3" : "node"} ${path.relative("", files[0] ?? "")}   # in a terminal of its own`,
        ]
      : [];
  return [
    "Written:",
    ...lines,
    "Next:",
    `  npx hubhand test ${test}`,
    ...service,
    `  npx hubhand run --plugins-directory ${path.relative("", directory) || "."} --plugins-reload true`,
    `  npx hubhand call DEVICE ${name}.greet '{"name":"world"}'`,
    "",
  ].join("\n");
}
