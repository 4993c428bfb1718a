import type { Argument, Command, Option } from "commander";
import { configFlags } from "../../config/flags.ts";

/** What may stand in a place: these words, files, folders, or what a shell cannot know. */
export type Completable = { readonly words: readonly string[] } | "files" | "folders" | "anything";

export interface CompletableFlag {
  /** Without the dashes. */
  readonly long: string;
  readonly short: string | undefined;
  readonly description: string;
  /** Undefined if it takes no value. */
  readonly value: Completable | undefined;
  /** Whether it may be given again. */
  readonly repeats: boolean;
}

export interface CompletableVerb {
  readonly name: string;
  readonly summary: string;
  readonly flags: readonly CompletableFlag[];
  /** What stands behind the verb and is no flag; undefined if nothing may. */
  readonly operands: Completable | undefined;
}

/** What the shells' scripts are written from: a verb as its command tells it. Hidden flags are not told. */
export function completableVerb(command: Command): CompletableVerb {
  const words = new Map(configFlags().map(({ flag, words }) => [flag, words]));
  const options = [...command.options.filter(({ hidden }) => !hidden), help(command)];
  return {
    name: command.name(),
    summary: command.summary(),
    flags: options.map((option) => completableFlag(option, option.argChoices ?? words.get(option.flags))),
    operands: operandsOf(command.registeredArguments),
  };
}

const help = (command: Command): Option => command.createOption("-h, --help", "show help");

function completableFlag(option: Option, words: readonly string[] | undefined): CompletableFlag {
  const [, placeholder] = /[<[]([^>\]]+)/.exec(option.flags) ?? [];
  return {
    long: option.long?.replace(/^--/, "") ?? "",
    short: option.short?.replace(/^-/, ""),
    description: option.description,
    value: placeholder === undefined ? undefined : completable(placeholder, words),
    repeats: option.description.includes("may be repeated"),
  };
}

/** The name of a place says what belongs there: `<file>`, `<name=file>`, `<pem>`, `<path>`, `<folder>`. */
function completable(placeholder: string, words: readonly string[] | undefined): Completable {
  if (words !== undefined) return { words };
  if (/(^|[^a-z])(files?|pem|path)$/.test(placeholder)) return "files";
  return /(^|[^a-z])folder$/.test(placeholder) ? "folders" : "anything";
}

/** Of several, the first that a shell knows something of. */
function operandsOf(operands: readonly Argument[]): Completable | undefined {
  const all = operands.map((operand) => completable(operand.name(), operand.argChoices));
  return all.find((one) => one !== "anything") ?? all[0];
}
