import type { Completable, CompletableFlag, CompletableVerb } from "./completable.ts";

/** The script for zsh: a file `_hubhand` of its `fpath`, or one that is sourced after `compinit`. */
export function zshCompletion(verbs: readonly CompletableVerb[]): string {
  const told = verbs.map(({ name, summary }) => `    ${quoted(`${name}:${colons(summary)}`)}`);
  return `#compdef hubhand

_hubhand() {
  local -a verbs
  verbs=(
${told.join("\n")}
    'help:show what a verb takes, with examples'
  )
  if ((CURRENT == 2)); then
    if [[ $PREFIX == -* ]]; then compadd -- --help --version; else _describe verb verbs; fi
    return
  fi
  # For _arguments the verb is the command.
  shift words
  ((CURRENT--))
  case $words[1] in
    help) _describe verb verbs ;;
${verbs.map(verbCase).join("\n")}
  esac
}

if [[ $funcstack[1] == _hubhand ]]; then _hubhand "$@"; else compdef _hubhand hubhand; fi
`;
}

function verbCase({ name, flags, operands }: CompletableVerb): string {
  const specs = flags.map(flagSpec);
  if (operands !== undefined) specs.push(quoted(`*:${action(operands, "argument")}`));
  return `    ${name})
      _arguments \\
        ${specs.join(" \\\n        ")}
      ;;`;
}

function flagSpec({ long, description, value, repeats }: CompletableFlag): string {
  const again = repeats ? "*" : "";
  const explained = `[${colons(description).replace(/[[\]]/g, "\\$&")}]`;
  if (value === undefined) return quoted(`${again}--${long}${explained}`);
  return quoted(`${again}--${long}=${explained}:${action(value, long)}`);
}

/** The message that stands above what is offered, and what is offered. */
function action(value: Completable, message: string): string {
  if (value === "files") return `${message}:_files`;
  if (value === "folders") return `${message}:_files -/`;
  return value === "anything" ? `${message}: ` : `${message}:(${value.words.join(" ")})`;
}

const colons = (text: string): string => text.replaceAll("\\", "\\\\").replaceAll(":", "\\:");

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
