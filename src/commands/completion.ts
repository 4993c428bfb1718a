import { Argument, Command } from "commander";
import { VERSION } from "../version.ts";
import { examples } from "./command-line/examples.ts";
import { bashCompletion } from "./completion/bash.ts";
import { type CompletableVerb, completableVerb } from "./completion/completable.ts";
import { fishCompletion } from "./completion/fish.ts";
import { zshCompletion } from "./completion/zsh.ts";
import { VERBS } from "./verbs.ts";

const SHELLS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const;

const EXAMPLES = examples([
  [
    "hubhand completion bash > ~/.hubhand-completion.bash",
    "then in ~/.bashrc: source ~/.hubhand-completion.bash",
  ],
  [
    "hubhand completion zsh > ~/.hubhand-completion.zsh",
    "then in ~/.zshrc, below compinit: source ~/.hubhand-completion.zsh",
  ],
  ["hubhand completion fish > ~/.config/fish/completions/hubhand.fish", "fish finds it there"],
]);

/** The verb `completion`: writes to standard output what makes a shell complete hubhand's verbs, flags and values. */
export function completionCommand(): Command {
  return new Command("completion")
    .description("print a script that completes hubhand's verbs, flags and values in your shell")
    .addArgument(new Argument("<shell>", "the shell that reads it").choices(Object.keys(SHELLS)))
    .addHelpText("after", EXAMPLES)
    .action(async (shell: keyof typeof SHELLS) => {
      process.stdout.write(await completionScript(shell));
    });
}

/** The script of one shell. */
export async function completionScript(shell: keyof typeof SHELLS): Promise<string> {
  const written = `# What completes hubhand ${VERSION} in ${shell}, by "hubhand completion ${shell}": write it again after an update.\n`;
  const script = SHELLS[shell](await completableVerbs());
  // zsh looks for its mark in the first line.
  const [first = "", ...rest] = script.split("\n");
  return first.startsWith("#compdef") ? [first, written.trimEnd(), ...rest].join("\n") : written + script;
}

async function completableVerbs(): Promise<CompletableVerb[]> {
  const commands = await Promise.all(VERBS.map(async ({ load, summary }) => (await load()).summary(summary)));
  return commands.map(completableVerb);
}
