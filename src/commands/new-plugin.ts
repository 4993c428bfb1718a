import path from "node:path";
import { Command, Option } from "commander";
import { commonJsAbove } from "../new-plugin/commonjs-above.ts";
import { KINDS, writeNewPlugin } from "../new-plugin/new-plugin.ts";
import { examples } from "./command-line/examples.ts";

const kinds = Object.entries(KINDS)
  .map(([kind, { languages }]) => `  ${kind.padEnd(12)}${languages.join(", ")}`)
  .join("\n");

const HELP = `
Kinds, and the languages that each can be begun in:
${kinds}
${examples([
  ["hubhand new-plugin door-lock", "plugins/door-lock.ts and its test"],
  ["hubhand new-plugin soil --kind daemon --language python", "a program that is kept running"],
  ["hubhand new-plugin relay --kind executable --directory field", "a program for each call, in ./field"],
])}`;

const LANGUAGES = [...new Set(Object.values(KINDS).flatMap(({ languages }) => languages))];

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
    .addOption(oneOf("--kind <kind>", "how it is run", Object.keys(KINDS)).default("module"))
    .addOption(
      oneOf("--language <language>", "what it is written in; the first of its kind if left out", LANGUAGES),
    )
    .option("--directory <folder>", "the plugins folder", "plugins")
    .addHelpText("after", HELP)
    .action(async (name: string, { kind, language, directory }: NewPluginFlags) => {
      const files = await writeNewPlugin({ name, kind, language, directory });
      const folders = await Promise.all(files.map(commonJsAbove));
      const commonJs = folders.find((folder) => folder !== undefined);
      process.stdout.write(told({ name, kind, files, directory, commonJs }));
    });
}

/** For help and for completion; what is none of them is refused by the writer of plugins, which knows what was meant. */
function oneOf(flags: string, description: string, words: string[]): Option {
  const option = new Option(flags, description);
  option.argChoices = words;
  return option;
}

function told({
  name,
  kind,
  files,
  directory,
  commonJs,
}: {
  name: string;
  kind: string;
  files: readonly string[];
  directory: string;
  /** The folder whose package.json forbids `import`. */
  commonJs: string | undefined;
}): string {
  const lines = files.map((file) => `  ${path.relative("", file)}`);
  const test = path.relative("", files.at(-1) ?? "");
  const service =
    kind === "http"
      ? [
          `  PORT=8080 ${/\.py$/.test(files[0] ?? "") ? "python3" : "node"} ${path.relative("", files[0] ?? "")}   # in a terminal of its own`,
        ]
      : [];
  const first =
    commonJs === undefined
      ? []
      : [
          `  npm pkg set type=module${commonJs === process.cwd() ? "" : ` --prefix ${path.relative("", commonJs)}`}   # its package.json says "commonjs", which knows no import`,
        ];
  return [
    "Written:",
    ...lines,
    "Next:",
    ...first,
    `  npx hubhand test ${test}`,
    ...service,
    `  npx hubhand run --plugins-directory ${path.relative("", directory) || "."} --plugins-reload true`,
    `  npx hubhand call DEVICE ${name}.greet '{"name":"world"}'`,
    "",
  ].join("\n");
}
