import type { Completable, CompletableFlag, CompletableVerb } from "./completable.ts";

/** The script for fish. */
export function fishCompletion(verbs: readonly CompletableVerb[]): string {
  const lines = verbs.flatMap((verb) => [
    `complete -c hubhand -n __hubhand_no_verb -a ${verb.name} -d ${quoted(verb.summary)}`,
    `complete -c hubhand -n '__hubhand_verb help' -a ${verb.name} -d ${quoted(verb.summary)}`,
    ...verb.flags.map((flag) => flagLine(verb, flag)),
    ...operandLines(verb),
  ]);
  return `function __hubhand_no_verb
    test (count (commandline -opc)) -eq 1
end

function __hubhand_verb
    set -l words (commandline -opc)
    test (count $words) -ge 2; and test "$words[2]" = "$argv[1]"
end

complete -c hubhand -f
complete -c hubhand -n __hubhand_no_verb -l help -s h -d 'show help'
complete -c hubhand -n __hubhand_no_verb -l version -s V -d 'print the version'
complete -c hubhand -n __hubhand_no_verb -a help -d 'show what a verb takes, with examples'
${lines.join("\n")}
`;
}

function flagLine({ name }: CompletableVerb, { long, short, description, value }: CompletableFlag): string {
  const words = [
    `complete -c hubhand -n ${quoted(`__hubhand_verb ${name}`)} -l ${long}`,
    ...(short === undefined ? [] : [`-s ${short}`]),
    ...(value === undefined ? [] : [offer(value)]),
    `-d ${quoted(description)}`,
  ];
  return words.join(" ");
}

function operandLines({ name, operands }: CompletableVerb): string[] {
  if (operands === undefined || operands === "anything") return [];
  const offered = operands === "files" ? "-F" : offer(operands);
  return [`complete -c hubhand -n ${quoted(`__hubhand_verb ${name}`)} ${offered.replace("-x ", "")}`];
}

/** `-x`: a value must follow, and it is no file. */
function offer(value: Completable): string {
  if (value === "files") return "-r -F";
  if (value === "folders") return "-x -a '(__fish_complete_directories)'";
  return value === "anything" ? "-x" : `-x -a ${quoted(value.words.join(" "))}`;
}

const quoted = (text: string): string => `'${text.replace(/[\\']/g, "\\$&")}'`;
