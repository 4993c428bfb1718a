import { type Command, Help, Option } from "commander";

/** Of 80 columns the flags of the configuration leave no more for what they are. */
const NARROWEST_DESCRIPTION = 25;

/** Has a verb's help keep within the terminal, and say of a flag that may be repeated nothing of its empty beginning. */
export const layOutHelp = (command: Command): Command =>
  command.configureHelp({
    minWidthToWrap: NARROWEST_DESCRIPTION,
    optionDescription: (option) => new Help().optionDescription(withoutEmptyDefault(option)),
  });

function withoutEmptyDefault(option: Option): Option {
  const { defaultValue } = option;
  if (!Array.isArray(defaultValue) || defaultValue.length > 0) return option;
  return Object.assign(new Option(option.flags, option.description), option, { defaultValue: undefined });
}
