import type { Completable, CompletableFlag, CompletableVerb } from "./completable.ts";

/**
 * The script for bash. It stands on nothing but bash's own (no bash-completion), and starts no process for a key that is
 * pressed: on a Pi it would take a second.
 */
export function bashCompletion(verbs: readonly CompletableVerb[]): string {
  const names = verbs.map(({ name }) => name).join(" ");
  return `_hubhand_paths() {
  # $1: default for files, dirnames for folders. Older bashes (macOS) cannot leave it to readline.
  compopt -o "$1" 2>/dev/null && return
  local IFS=$'\\n'
  if [[ $1 == dirnames ]]; then COMPREPLY=($(compgen -d -- "$current")); else COMPREPLY=($(compgen -f -- "$current")); fi
}

_hubhand() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} words= flags= operands=
  COMPREPLY=()
  # bash takes --flag=value apart.
  if [[ $current == "=" ]]; then current=
  elif [[ $previous == "=" ]]; then previous=\${COMP_WORDS[COMP_CWORD-2]}
  fi
  if ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W ${quoted(`${names} help --help --version`)} -- "$current"))
    return
  fi
  case \${COMP_WORDS[1]} in
    help) operands=${quoted(names)} ;;
${verbs.map(verbCase).join("\n")}
  esac
  [[ $current == -* || -z $operands ]] && words=$flags || words=$operands
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}

complete -F _hubhand hubhand
`;
}

function verbCase({ name, flags, operands }: CompletableVerb): string {
  const valued = flags.filter(({ value }) => value !== undefined);
  const groups = Map.groupBy(valued, ({ value = "anything" }) => offer(value));
  const cases = [...groups].map(
    ([offered, some]) => `        ${some.flatMap(spellings).join("|")}) ${offered} ;;`,
  );
  const all = flags.map(({ long }) => `--${long}`).join(" ");
  return `    ${name})
      case $previous in
${cases.join("\n")}
      esac
      flags=${quoted(all)}
${operands === undefined ? "" : `      [[ $current == -* ]] || { ${offer(operands)}; }\n`}      ;;`;
}

function offer(value: Completable): string {
  if (value === "files") return "_hubhand_paths default; return";
  if (value === "folders") return "_hubhand_paths dirnames; return";
  if (value === "anything") return "return";
  return `COMPREPLY=($(compgen -W ${quoted(value.words.join(" "))} -- "$current")); return`;
}

const spellings = ({ long, short }: CompletableFlag): string[] =>
  short === undefined ? [`--${long}`] : [`-${short}`, `--${long}`];

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
