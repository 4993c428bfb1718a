import { Command } from "commander";
import { VERSION } from "../version.ts";
import { examples } from "./command-line/examples.ts";
import { layOutHelp } from "./command-line/help-layout.ts";
import { complainWithoutSecrets } from "./command-line/typed-wrongly.ts";
import { SHELL, VERBS } from "./verbs.ts";

/**
 * The command line as `argv` needs it: the verb that is asked for is loaded, the others are names in a list. It throws
 * commander's CommanderError where commander would end the process.
 *
 * @param argv what was typed behind `hubhand`
 */
export async function programFor(argv: readonly string[]): Promise<Command> {
  const program = complainWithoutSecrets(new Command("hubhand"))
    .description("The device agent for Azure IoT Hub: it answers direct methods with your plugins.")
    .usage("<verb> [options]")
    .version(VERSION, "-V, --version", "print the version")
    .helpOption("-h, --help", "show this, or behind a verb what that verb takes")
    .addHelpCommand(HELP)
    .addHelpText("after", EXAMPLES)
    .showHelpAfterError("(hubhand --help shows the verbs)")
    .exitOverride();
  for (const { name, group, summary, load } of VERBS) {
    const command = name === argv[0] ? await load() : new Command(name);
    program.addCommand(likeTheProgram(command.summary(summary).helpGroup(group)));
  }
  return program;
}

/** `help VERB` asks for what `VERB --help` asks for; of a verb that is not there, what that verb alone would. */
export function withoutHelp(argv: readonly string[]): readonly string[] {
  const [first, verb] = argv;
  if (first !== "help" || verb === undefined || verb.startsWith("-") || verb === "help") return argv;
  return VERBS.some(({ name }) => name === verb) ? [verb, "--help"] : [verb];
}

/** A verb's wrong flags end as the program's do. */
const likeTheProgram = (command: Command): Command =>
  layOutHelp(complainWithoutSecrets(command))
    .helpOption("-h, --help", "show this")
    .exitOverride()
    .showHelpAfterError(`(hubhand ${command.name()} --help shows what there is)`);

const HELP = new Command("help")
  .argument("[verb]", "the verb")
  .description("show what a verb takes, with examples")
  .helpGroup(SHELL);

const EXAMPLES = examples([
  ["hubhand demo --once", "see it work, on this machine"],
  ["hubhand hub --device pi-1", "a hub to try it with, without Azure"],
  ["hubhand run", "the agent, with the connection string in HUBHAND_CONNECTION_STRING"],
  ["hubhand check", "why it does not get online"],
  ["hubhand help run", "what the verb run takes"],
]);
