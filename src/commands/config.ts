import { Command } from "commander";
import { printEffective, printEffectiveJson } from "../config/effective.ts";
import { addConfigFlags, type Environment, loadConfig, readConfigFlags } from "../config/index.ts";
import { examples } from "./command-line/examples.ts";

const EXAMPLES = examples([
  ["hubhand config", "every key: its value, and where that is from"],
  ["hubhand config --config pi.yaml --log-level debug", "what run would make of these"],
  ["hubhand config --json", "for a program"],
]);

export interface ConfigCommandOptions {
  readonly env?: Environment;
  readonly cwd?: string;
  /** Takes the result; standard output unless given. */
  readonly write?: (text: string) => void;
}

/**
 * The verb `config`: prints the effective configuration and the source of each value, without secrets.
 * Its action throws HubhandError CONFIG_INVALID (exit code 78) if the configuration cannot be used.
 */
export function configCommand({
  env = process.env,
  cwd = process.cwd(),
  write = (text) => process.stdout.write(text),
}: ConfigCommandOptions = {}): Command {
  const command = new Command("config")
    .description("show the effective configuration and where each value comes from; secrets are not shown")
    .option("--json", "print JSON: each key with its value and origin");
  command.addHelpText("after", EXAMPLES);
  return addConfigFlags(command).action((options: { json?: boolean }) => {
    const loaded = loadConfig({ env, cwd, ...readConfigFlags(command) });
    write(options.json ? printEffectiveJson(loaded) : printEffective(loaded));
  });
}
