import { stringify } from "yaml";
import { configKeys, isSecret, type Key } from "./keys.ts";
import { printDefault } from "./problems.ts";
import type { Config } from "./schema.ts";

const GROUPS: Readonly<Record<keyof Config, string>> = {
  hub: "Which hub, and who the device is to it.",
  link: "The connection to the hub: how a dead one is noticed, and when the next is tried.",
  methods:
    "Limits of direct methods, and which of hubhand's own are answered. Limits of time, concurrency and queue are for methods that set none.",
  plugins: "The code that answers the methods.",
  messages: "What the device tells the hub, and what the hub tells the device.",
  twin: "The device twin: desired properties in, reported properties out.",
  schedule: "Tasks that run by the clock.",
  observe: "Metrics, health and the status page over HTTP, and who may look.",
  state: "What is kept on disk.",
  log: "What is logged, and how.",
};

/** config/example.yaml: every key with its default, as a comment to be uncommented. */
export function exampleYaml(): string {
  const lines = [
    "# Every key of hubhand, with its default. Copy what you need into a file of your own; hubhand does not read this one.",
    "# Relative paths start at the folder of the file they stand in.",
    "# Generated from the schema by `npm run docs`.",
  ];
  let open: string[] = [];
  for (const key of configKeys()) {
    const path = key.name.split(".");
    const groups = path.slice(0, -1);
    if (groups[0] !== open[0]) lines.push("", ...comment(groupDoc(groups[0]), ""));
    groups.forEach((group, depth) => {
      if (groups.slice(0, depth + 1).join() !== open.slice(0, depth + 1).join()) {
        lines.push(`${indent(depth)}${group}:`);
      }
    });
    open = groups;
    const margin = indent(groups.length);
    if (lines.at(-1)?.endsWith(":") === false) lines.push("");
    lines.push(...comment(key.setting.doc, margin));
    lines.push(`${margin}# ${path.at(-1)}: ${stringify(key.setting.default).trim()}`);
  }
  return `${lines.join("\n")}\n`;
}

/** docs/reference/configuration.md: every key with its variable, flag, type and default. */
export function referenceMarkdown(): string {
  const sections = Object.keys(GROUPS).flatMap((group) => [
    `## ${group}`,
    groupDoc(group),
    ...configKeys()
      .filter(({ name }) => name.startsWith(`${group}.`))
      .map(keySection),
  ]);
  return `${["# Configuration reference", INTRODUCTION, ...sections].join("\n\n")}\n`;
}

const INTRODUCTION = `Generated from the schema by \`npm run docs\`. How to use it: [Configure hubhand](../configure.md).

Sources, later wins: defaults, \`config/default.yaml\` (or \`.yml\`, \`.json\`) in the working directory, files named by
\`--config\` or \`HUBHAND_CONFIG\`, environment variables, flags. Durations are a number and a unit: \`250ms\`, \`30s\`,
\`5m\`, \`2h\`.`;

function keySection({ name, setting, variables, flag }: Key): string {
  const common = setting.commonVariables.map((variable) => `\`${variable}\``).join(" or ");
  const rows = [
    ["Type", setting.kind.name],
    ["Default", setting.default === null ? "not set" : `\`${printDefault(setting.default)}\``],
    [
      variables.length > 1 ? "Variables" : "Variable",
      variables.map((variable) => `\`${variable}\``).join(", "),
    ],
    ...(common === "" ? [] : [["If nothing else sets it", common]]),
    ["Flag", flag === undefined || isSecret(setting) ? "none, since it is a secret" : `\`${flag}\``],
  ];
  return [
    `### ${name}`,
    setting.doc,
    ["| | |", "|---|---|", ...rows.map((row) => `| ${row.join(" | ")} |`)].join("\n"),
  ].join("\n\n");
}

function groupDoc(group: string | undefined): string {
  return GROUPS[group as keyof Config];
}

function indent(depth: number): string {
  return "  ".repeat(depth);
}

/** Comment lines of at most 110 characters. */
function comment(text: string, margin: string): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && margin.length + 2 + line.length + 1 + word.length > 110) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line].map((each) => `${margin}# ${each}`);
}
