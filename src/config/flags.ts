import { type Command, Option } from "commander";
import { HubhandError } from "../errors.ts";
import { configKeys, isSecret, type Key } from "./keys.ts";
import type { LoadConfigOptions } from "./load.ts";
import { printDefault } from "./problems.ts";

/** One flag of the configuration. */
export interface ConfigFlag {
  /** The key that it sets. */
  readonly key: string;
  /** As commander takes it: `--plugins-directory <path>`. */
  readonly flag: string;
  readonly description: string;
  /** All that it may be, if that is a few words. */
  readonly words: readonly string[] | undefined;
}

/** A flag for every key that is not a secret. */
export function configFlags(): ConfigFlag[] {
  return configKeys().flatMap(({ name, flag, setting }) => {
    if (flag === undefined) return [];
    const [purpose] = setting.doc.split(/\. |\.$/);
    const words = setting.kind.argument === "word" ? `${setting.kind.name}; ` : "";
    const description = `${purpose} (${words}default: ${printDefault(setting.default)})`;
    const { argument, words: all } = setting.kind;
    return [{ key: name, flag: `${flag} <${argument}>`, description, words: all }];
  });
}

/** Adds `--config` and the flags of all keys to a verb that loads the configuration. */
export function addConfigFlags(command: Command): Command {
  command.addOption(
    new Option("--config <file>", "a configuration file, YAML or JSON; may be repeated, and later files win")
      .argParser((file: string, earlier: string[] = []) => [...earlier, file])
      .helpGroup("Configuration:"),
  );
  for (const { flag, description } of configFlags()) {
    command.addOption(new Option(flag, description).helpGroup("Configuration:"));
  }
  // Known, so that its value is never repeated as that of an unknown option; refused when the flags are read.
  for (const key of secretKeys()) command.addOption(new Option(`${secretFlag(key)} [refused]`).hideHelp());
  return command;
}

/**
 * Reads what `addConfigFlags` added, in the form that `loadConfig` takes.
 *
 * @throws HubhandError CONFIG_INVALID if a secret is on the command line
 */
export function readConfigFlags(
  command: Command,
): Required<Pick<LoadConfigOptions, "flags" | "configFiles">> {
  for (const key of secretKeys()) {
    if (command.getOptionValue(attributeOf(secretFlag(key))) === undefined) continue;
    throw new HubhandError(
      "CONFIG_INVALID",
      `${key.name}: flag ${secretFlag(key)} is not allowed, because everyone on the machine sees command lines. ` +
        `Set the variable ${key.variables[1] ?? key.variables[0]}, or name a file with ${secretFlag(key)}-file.`,
    );
  }
  const flags: Record<string, string> = {};
  for (const { key, flag } of configFlags()) {
    const value: unknown = command.getOptionValue(attributeOf(flag));
    if (typeof value === "string") flags[key] = value;
  }
  return { flags, configFiles: (command.getOptionValue("config") as string[] | undefined) ?? [] };
}

function secretKeys(): Key[] {
  return configKeys().filter(({ setting }) => isSecret(setting));
}

function secretFlag({ name }: Key): string {
  return `--${name.replaceAll(".", "-").replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function attributeOf(flag: string): string {
  return new Option(flag).attributeName();
}
