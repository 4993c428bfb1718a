import type { Argument, Command, Option } from "commander";
import { VERBS } from "./verbs.ts";

const INTRODUCTION = `Generated from the commands by \`npm run docs\`. \`hubhand help VERB\` says the same in a terminal.
In a checkout, and where hubhand is installed for one project, it is \`npx hubhand VERB\`. Let your shell complete it:
[completion](../completion.md).

An exit status is 0 if all is well, 70 after a fault in hubhand itself, 75 if another try may succeed (a port is in use), 78
if the command line or the configuration cannot be used as it is written, 141 if nobody reads what it prints to its end
(\`| head\`; \`run\` goes on); what else a verb ends with stands with it.`;

const CONFIGURATION = `Every key of the [configuration](configuration.md) is a flag too, unless it is a secret: \`log.level\` is
\`--log-level <word>\`. \`--config <file>\` names a configuration file; it may be repeated, and later files win.`;

/** docs/reference/command-line.md: every verb with what it takes and its examples, as the commands tell it. */
export async function commandLineMarkdown(): Promise<string> {
  const groups = new Map<string, string[]>();
  for (const { group, load } of VERBS) {
    groups.set(group, [...(groups.get(group) ?? []), verbSection(await load())]);
  }
  const parts = [...groups].flatMap(([group, sections]) => [`## ${group.replace(/:$/, "")}`, ...sections]);
  return `${["# Command line", INTRODUCTION, ...parts].join("\n\n")}\n`;
}

function verbSection(command: Command): string {
  const options = command.options.filter(
    ({ hidden, helpGroupHeading }) => !hidden && helpGroupHeading === undefined,
  );
  const isConfigured = command.options.some(({ helpGroupHeading }) => helpGroupHeading !== undefined);
  return [
    `### ${command.name()}`,
    `    hubhand ${command.name()} ${command.usage()}`.replaceAll(/\n\s*/g, "\n    "),
    `${sentence(command.description())}`,
    ...table("Argument", command.registeredArguments.map(argumentRow)),
    ...table("Flag", options.map(optionRow)),
    ...(isConfigured ? [CONFIGURATION] : []),
    ...afterHelp(command),
  ].join("\n\n");
}

/** What `addHelpText` adds has no getter: commander writes it. */
function afterHelp(command: Command): string[] {
  let text = "";
  command.configureOutput({
    writeOut(more) {
      text += more;
    },
    getOutHelpWidth: () => 100,
  });
  command.outputHelp();
  const after = text.slice(command.helpInformation().length).trim();
  return after === "" ? [] : [`\`\`\`text\n${after}\n\`\`\``];
}

function argumentRow(argument: Argument): [string, string] {
  const name = `${argument.name()}${argument.variadic ? "..." : ""}`;
  const shown = argument.required ? `<${name}>` : `[${name}]`;
  return [`\`${shown}\``, withChoices(argument.description, argument.argChoices)];
}

function optionRow({ flags, description, argChoices, ...option }: Option): [string, string] {
  return [`\`${flags}\``, `${withChoices(description, argChoices)}${defaultOf(option)}`];
}

const withChoices = (description: string, choices: readonly string[] | undefined): string =>
  choices === undefined ? description : `${description}: ${choices.map((word) => `\`${word}\``).join(", ")}`;

function defaultOf({
  defaultValue,
  defaultValueDescription,
}: Pick<Option, "defaultValue" | "defaultValueDescription">): string {
  if (defaultValueDescription !== undefined) return ` (default: ${defaultValueDescription})`;
  if (defaultValue === undefined || (Array.isArray(defaultValue) && defaultValue.length === 0)) return "";
  return ` (default: \`${String(defaultValue)}\`)`;
}

function table(heading: string, rows: readonly [string, string][]): string[] {
  if (rows.length === 0) return [];
  const lines = rows.map(
    ([name, meaning]) => `| ${name.replaceAll("|", "\\|")} | ${meaning.replaceAll("|", "\\|")} |`,
  );
  return [[`| ${heading} | |`, "|---|---|", ...lines].join("\n")];
}

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
